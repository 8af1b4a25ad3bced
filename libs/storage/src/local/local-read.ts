import { constants } from 'node:fs';
import type { BigIntStats } from 'node:fs';
import { open, readlink, realpath } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import type { ObjectReadOptions } from '@datavis/plugin-sdk';
import { clampRange } from '../object-store/bytes.js';
import { changed, notFound } from '../object-store/errors.js';
import { assertAllowed, ioError, resolveInside } from './local-path.js';
import type { LocalRoots } from './local-path.js';

/** Both undefined, so 0, on Windows. NONBLOCK: opening a FIFO would wait for its writer for ever. */
const OPEN_FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** Time of the last write to the nanosecond, and size. */
export function versionOf(stats: BigIntStats): string {
  return `${stats.mtimeNs.toString(36)}-${stats.size.toString(36)}`;
}

/** Opens a regular file inside the root, and proves that what was opened is what was checked. */
export async function openInside(
  roots: LocalRoots,
  key: string,
): Promise<{ handle: FileHandle; stats: BigIntStats }> {
  const path = await resolveInside(roots, key);
  let handle: FileHandle | undefined;
  try {
    handle = await open(path, OPEN_FLAGS);
    assertAllowed(roots, key, await openedPath(handle, path));
    const stats = await handle.stat({ bigint: true });
    if (!stats.isFile()) throw notFound(roots.uri, key);
    return { handle, stats };
  } catch (error) {
    await handle?.close();
    throw error instanceof Error && 'place' in error ? error : ioError(roots, key, error);
  }
}

/** A folder on the way may have become a link between the check and the opening; Linux tells what the handle holds. */
async function openedPath(handle: FileHandle, path: string): Promise<string> {
  if (process.platform !== 'linux') return realpath(path);
  const opened = await readlink(`/proc/self/fd/${handle.fd}`).catch(() => realpath(path));
  return opened.endsWith(' (deleted)') ? path : opened;
}

/**
 * Reads with one piece ahead of the consumer, so that disk and consumer overlap: at most three pieces are held. A file
 * that is written while it is read fails at its end (its mtime moved); one that is replaced by a rename reads on as it was.
 */
export async function* readLocal(
  roots: LocalRoots,
  key: string,
  options: ObjectReadOptions,
  chunkBytes: number,
): AsyncGenerator<Uint8Array> {
  const { signal } = options;
  signal?.throwIfAborted();
  const { handle, stats } = await openInside(roots, key);
  let ahead: Promise<Uint8Array> | undefined;
  try {
    const version = versionOf(stats);
    if (options.version !== undefined && options.version !== version) throw changed(roots.uri, key);
    const { start, end } = clampRange(options, Number(stats.size));
    const fetchAt = (at: number): Promise<Uint8Array> | undefined => {
      if (at >= end) return undefined;
      const piece = readPiece(handle, at, Math.min(chunkBytes, end - at));
      piece.catch(() => undefined); // Awaited one round later; until then a failure is not unhandled.
      return piece;
    };
    ahead = fetchAt(start);
    for (let at = start; ahead !== undefined;) {
      const wanted = Math.min(chunkBytes, end - at);
      const piece: Uint8Array = await ahead;
      signal?.throwIfAborted();
      at += wanted;
      ahead = piece.length === wanted ? fetchAt(at) : undefined;
      const last = ahead === undefined;
      if (last && (piece.length < wanted || versionOf(await handle.stat({ bigint: true })) !== version)) {
        throw changed(roots.uri, key);
      }
      yield piece;
      signal?.throwIfAborted();
    }
  } catch (error) {
    throw error === signal?.reason || (error instanceof Error && 'place' in error) || error instanceof RangeError
      ? error
      : ioError(roots, key, error);
  } finally {
    await ahead?.catch(() => undefined);
    await handle.close();
  }
}

/** A piece of its own memory, which the caller may keep or transfer to a worker. Shorter only at the end of the file. */
async function readPiece(handle: FileHandle, position: number, length: number): Promise<Uint8Array> {
  const { buffer } = Buffer.allocUnsafeSlow(length);
  const piece = new Uint8Array(buffer, 0, length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await handle.read(piece, filled, length - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return filled === length ? piece : piece.subarray(0, filled);
}
