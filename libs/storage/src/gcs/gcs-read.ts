import { createGunzip } from 'node:zlib';
import type { ObjectReadOptions } from '@datavis/plugin-sdk';
import { clampRange } from '../object-store/bytes.js';
import { followAbort } from '../network/follow-abort.js';
import { changed, storeError } from '../object-store/errors.js';
import { isZlibError, unpackRange } from '../object-store/unpack.js';
import type { GcsSettings } from './gcs-options.js';
import { combineCrc32c } from './crc32c-combine.js';
import { fetchPiece } from './gcs-piece.js';
import type { Piece } from './gcs-piece.js';
import type { GcsTransport } from './gcs-transport.js';

/**
 * Reads one generation of an object, or a range of it. Pieces are fetched ahead and in parallel, each wholly into memory, so
 * that no connection ever waits for the consumer. The checksum is that of the stored bytes and is checked before the last
 * chunk is given out; an object of one piece is checked before its first, and fetched again where it fails.
 */
export async function* readGcs(
  transport: GcsTransport,
  settings: GcsSettings,
  key: string,
  options: ObjectReadOptions,
): AsyncGenerator<Uint8Array> {
  const { signal, version } = options;
  signal?.throwIfAborted();
  const { start, end } = clampRange(options, Number.MAX_SAFE_INTEGER);
  if (version !== undefined && !/^\d{1,19}$/.test(version)) throw changed(settings.root, key);
  const stop = new AbortController();
  const unfollow = followAbort(signal, () => {
    stop.abort(signal?.reason);
  });
  // Only whole objects have a checksum, and a packed one is always read from its start.
  let sum = start === 0;
  const fetch = (from: number, to: number, generation?: string): Promise<Piece> =>
    fetchPiece(transport, settings, key, { start: from, end: to, sum }, generation, stop.signal);
  try {
    if (end <= start && version === undefined) return;
    const firstEnd = Math.min(end, start + settings.pieceBytes);
    const first = await fetch(start, firstEnd, version);
    // Past the end of the stored bytes there may still be unpacked ones.
    const mayBePacked = first.object.gzip || (start > 0 && first.chunks.length === 0);
    const isHead = start === 0 && firstEnd === settings.pieceBytes;
    sum ||= mayBePacked;
    const head =
      mayBePacked && !isHead ? await fetch(0, settings.pieceBytes, first.object.generation || version) : first;
    if (!head.object.gzip) {
      if (mayBePacked) return;
      const again = (): Promise<Piece> => fetch(start, firstEnd, first.object.generation);
      yield* verified(pieces(first, start, end, fetch, settings), first, { start, end }, settings, key, again);
      return;
    }
    // Offsets are those of the unpacked bytes, so all that lies before must be unpacked too.
    const whole = { start: 0, end: Number.MAX_SAFE_INTEGER };
    const again = (): Promise<Piece> => fetch(0, settings.pieceBytes, head.object.generation);
    const stored = verified(pieces(head, 0, whole.end, fetch, settings), head, whole, settings, key, again);
    yield* unpackRange(stored, createGunzip({ chunkSize: 262_144 }), start, end);
  } catch (error) {
    signal?.throwIfAborted();
    throw isZlibError(error) ? corrupt(settings, key) : error;
  } finally {
    unfollow();
    stop.abort(new Error('The read is over'));
  }
}

/** The pieces in order, up to `piecesAhead` of them under way or in memory. */
async function* pieces(
  first: Piece,
  start: number,
  end: number,
  fetch: (from: number, to: number, generation: string) => Promise<Piece>,
  settings: GcsSettings,
): AsyncGenerator<Piece> {
  const { pieceBytes, piecesAhead } = settings;
  const until = Math.min(end, first.object.size);
  const ahead: Promise<Piece>[] = [];
  let next = start + pieceBytes;
  const fill = (most: number): void => {
    for (; next < until && ahead.length < most; next += pieceBytes) {
      const piece = fetch(next, Math.min(until, next + pieceBytes), first.object.generation);
      piece.catch(() => undefined); // Awaited in its turn.
      ahead.push(piece);
    }
  };
  for (let piece: Piece | undefined = first; piece !== undefined; piece = await ahead.shift()) {
    fill(piecesAhead - 1);
    yield piece;
    fill(1);
  }
}

/** Gives out chunks, the last one only once the checksum of the whole object is known to be right. */
async function* verified(
  source: AsyncIterable<Piece>,
  first: Piece,
  range: { readonly start: number; readonly end: number },
  settings: GcsSettings,
  key: string,
  again: () => Promise<Piece>,
): AsyncGenerator<Uint8Array> {
  const { size, crc32c: expected } = first.object;
  const whole = range.start === 0 && range.end >= size && expected !== undefined;
  if (whole && size <= settings.pieceBytes) {
    const right = base64(first.crc32c) === expected ? first : await again();
    if (base64(right.crc32c) !== expected) throw corrupt(settings, key);
    yield* right.chunks;
    return;
  }
  let crc = 0;
  let held: Uint8Array | undefined;
  for await (const piece of source) {
    crc = combineCrc32c(crc, piece.crc32c, piece.size);
    for (const chunk of piece.chunks) {
      if (held !== undefined) yield held;
      held = chunk;
    }
  }
  if (whole && base64(crc) !== expected) throw corrupt(settings, key);
  if (held !== undefined) yield held;
}

function corrupt(settings: GcsSettings, key: string): Error {
  return storeError('DATAVIS_STORAGE_CORRUPT', settings.root, key, 'The bytes do not match their checksum', {
    hint: 'Read it again; if it stays, the stored object is damaged.',
  });
}

/** Big-endian base64, as the API gives it. */
export function base64(crc: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc >>> 0);
  return bytes.toString('base64');
}
