import { randomUUID } from 'node:crypto';
import type { BigIntStats } from 'node:fs';
import { link, open, realpath, rename, stat, unlink, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { ObjectStat, ObjectWriteOptions } from '@datavis/plugin-sdk';
import { changed, unnamed } from '../object-store/errors.js';
import { assertAllowed, assertNoLiveDatabase, ioError, lexicalPath, systemCode } from './local-path.js';
import type { LocalRoots } from './local-path.js';
import { versionOf } from './local-read.js';
import { exists, makeFolder } from './make-folder.js';

/** Bytes of a body that are written at once. */
const GATHERED_BYTES = 1 << 20;
/** So many bytes that are to last go to the disk while the next ones are made, and not all of them at the end. */
const SYNCED_BYTES = 32 << 20;

/** Writes to a file beside the target and renames it, so that readers see the old object or the new one. */
export async function writeLocal(
  roots: LocalRoots,
  key: string,
  body: Uint8Array | AsyncIterable<Uint8Array>,
  options: ObjectWriteOptions,
  durable: boolean,
): Promise<ObjectStat> {
  options.signal?.throwIfAborted();
  if (key === '') throw unnamed(roots.uri);
  const path = lexicalPath(roots, key);
  try {
    const folder = await folderInside(roots, key, dirname(path));
    const target = join(folder, basename(path));
    assertNoLiveDatabase(roots, key, target);
    const unfinished = join(folder, `.datavis-${randomUUID()}.tmp`);
    try {
      const stats = await fill(unfinished, body, options.signal, durable);
      await publish(roots, key, unfinished, target, options.ifVersion);
      return { key, size: Number(stats.size), version: versionOf(stats), modifiedMs: Number(stats.mtimeMs) };
    } finally {
      await unlink(unfinished).catch(() => undefined); // Gone where the rename took place.
    }
  } catch (error) {
    throw systemCode(error)?.startsWith('E') ? ioError(roots, key, error) : error;
  }
}

/** Makes the folders on the way; the deepest one that exists must lie inside the root before anything is made in it. */
async function folderInside(roots: LocalRoots, key: string, folder: string): Promise<string> {
  let existing = folder;
  while (!(await exists(existing))) existing = dirname(existing);
  assertAllowed(roots, key, await realpath(existing));
  await makeFolder(folder);
  const real = await realpath(folder);
  assertAllowed(roots, key, real);
  return real;
}

async function fill(
  path: string,
  body: Uint8Array | AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
  durable: boolean,
): Promise<BigIntStats> {
  const handle = await open(path, 'wx');
  try {
    if (body instanceof Uint8Array) await writeAll(handle, body);
    else await writeBehind(handle, body, { signal, durable });
    signal?.throwIfAborted();
    if (durable) await handle.datasync();
    return await handle.stat({ bigint: true });
  } finally {
    await handle.close();
  }
}

async function writeAll(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  let written = 0;
  while (written < bytes.length) written += (await handle.write(bytes, written)).bytesWritten;
}

/** Gathers the chunks, and writes what was gathered while the next ones are made: mostly somebody is at work on them. */
async function writeBehind(
  handle: FileHandle,
  chunks: AsyncIterable<Uint8Array>,
  { signal, durable }: { readonly signal: AbortSignal | undefined; readonly durable: boolean },
): Promise<void> {
  let [gathered, other] = [new Uint8Array(GATHERED_BYTES), new Uint8Array(GATHERED_BYTES)];
  let length = 0;
  let writing = Promise.resolve();
  let syncing = Promise.resolve();
  let unsynced = 0;
  const flush = async (): Promise<void> => {
    await writing;
    if (durable && unsynced >= SYNCED_BYTES) {
      await syncing;
      unsynced = 0;
      syncing = handle.datasync();
      syncing.catch(() => undefined); // Thrown where it is waited for, as is what follows.
    }
    unsynced += length;
    writing = writeAll(handle, gathered.subarray(0, length));
    writing.catch(() => undefined);
    [gathered, other] = [other, gathered];
    length = 0;
  };
  try {
    for await (const chunk of chunks) {
      signal?.throwIfAborted();
      for (let taken = 0; taken < chunk.length;) {
        const part = chunk.subarray(taken, taken + GATHERED_BYTES - length);
        gathered.set(part, length);
        length += part.length;
        taken += part.length;
        if (length === GATHERED_BYTES) await flush();
      }
    }
    await flush();
    await writing;
    await syncing;
  } finally {
    // Nothing may be under way when the file is closed.
    await Promise.allSettled([writing, syncing]);
  }
}

async function publish(
  roots: LocalRoots,
  key: string,
  unfinished: string,
  target: string,
  ifVersion: string | null | undefined,
): Promise<void> {
  if (ifVersion === null) {
    // A link fails where the name is taken; a rename would replace it.
    await link(unfinished, target).catch((error: unknown) => {
      throw systemCode(error) === 'EEXIST' ? changed(roots.uri, key, error) : error;
    });
    return;
  }
  if (ifVersion !== undefined) {
    const now = await stat(target, { bigint: true }).catch(() => undefined);
    if (now === undefined || versionOf(now) !== ifVersion) throw changed(roots.uri, key);
  }
  await rename(unfinished, target);
}
