import type { IncomingHttpHeaders } from 'node:http';
import { crc32c } from '@node-rs/crc32';
import { drain } from '../network/http-exchange.js';
import { Patience } from '../network/patience.js';
import { changed, storeError } from '../object-store/errors.js';
import { apiPath } from './gcs-api.js';
import type { GcsSettings } from './gcs-options.js';
import { assertStatus } from './gcs-status.js';
import type { GcsTransport } from './gcs-transport.js';

/** What the first answer says of the object; all later ones must agree. */
export interface PinnedObject {
  readonly generation: string;
  /** Bytes as stored. */
  readonly size: number;
  readonly gzip: boolean;
  /** CRC-32C of the stored bytes, base64. */
  readonly crc32c: string | undefined;
}

export interface Piece {
  readonly object: PinnedObject;
  /** In order, as they came from the socket: copying them into larger ones would cost a quarter of the download. */
  readonly chunks: readonly Uint8Array[];
  readonly size: number;
  /** CRC-32C of the chunks; 0 where it was not asked for. */
  readonly crc32c: number;
}

/**
 * Reads the stored bytes `[start, end)` of one generation into memory, over as many connections as it takes: a body that
 * is cut, resets or falls silent is gone on with where it stopped.
 */
export async function fetchPiece(
  transport: GcsTransport,
  settings: GcsSettings,
  key: string,
  range: {
    readonly start: number;
    readonly end: number;
    /** Sums the bytes as they come. */ readonly sum: boolean;
  },
  generation: string | undefined,
  signal: AbortSignal | undefined,
): Promise<Piece> {
  const patience = new Patience(settings, key, signal);
  const name = settings.prefix + key;
  const chunks: Uint8Array[] = [];
  let size = 0;
  let crc = 0;
  let object: PinnedObject | undefined;
  for (;;) {
    try {
      const pinned = object?.generation ?? generation;
      const from = range.start + size;
      const response = await transport.exchange(
        {
          method: 'GET',
          path: apiPath(settings, name, { alt: 'media', generation: pinned }),
          // gzip: give the stored bytes, whose checksum is known, and do not unpack them on the way.
          headers: { 'accept-encoding': 'gzip', range: `bytes=${from}-${range.end - 1}` },
          signal,
        },
        patience.begin,
      );
      if (response.status === 404 && pinned !== undefined) throw changed(settings.root, key);
      await assertStatus(response, settings.root, key, 200, 206, 416);
      if (response.status === 416) {
        await drain(response);
        object ??= { generation: pinned ?? '', size: from, gzip: false, crc32c: undefined };
        return { object, chunks, size, crc32c: crc };
      }
      const now = describe(response.headers, response.status);
      if (
        (pinned !== undefined && now.generation !== pinned) ||
        (object !== undefined && object.size !== now.size)
      ) {
        throw changed(settings.root, key);
      }
      object = now;
      const until = Math.min(range.end, object.size);
      let skip = response.status === 200 ? from : 0;
      if (response.status === 206 && rangeStart(response.headers) !== from) {
        throw storeError('DATAVIS_STORAGE_IO', settings.root, key, 'The service answered with another range');
      }
      for await (const chunk of response.body) {
        patience.progress();
        const skipped = Math.min(skip, chunk.length);
        skip -= skipped;
        const wanted = chunk.subarray(skipped, skipped + (until - range.start - size));
        if (wanted.length > 0) chunks.push(wanted);
        size += wanted.length;
        if (range.sum) crc = crc32c(wanted, crc);
        if (range.start + size >= until && response.status === 200) break;
      }
      if (range.start + size >= until) return { object, chunks, size, crc32c: crc };
      throw new Error(`The body ended ${until - range.start - size} bytes early`);
    } catch (error) {
      await patience.afterFailure(error);
    }
  }
}

function describe(headers: IncomingHttpHeaders, status: number): PinnedObject {
  const total = status === 206 ? headers['content-range']?.split('/')[1] : headers['content-length'];
  return {
    generation: String(headers['x-goog-generation'] ?? ''),
    size: Number(total),
    gzip: headers['content-encoding'] === 'gzip',
    crc32c: /crc32c=([\w+/=]+)/.exec(String(headers['x-goog-hash'] ?? ''))?.[1],
  };
}

function rangeStart(headers: IncomingHttpHeaders): number {
  return Number(/^bytes (\d+)-/.exec(headers['content-range'] ?? '')?.[1] ?? Number.NaN);
}
