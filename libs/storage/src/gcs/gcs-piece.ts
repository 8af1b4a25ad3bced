import type { IncomingHttpHeaders } from 'node:http';
import { changed, storeError } from '../object-store/errors.js';
import { apiPath, drain } from './gcs-api.js';
import type { GcsSettings } from './gcs-options.js';
import { Patience, assertStatus } from './gcs-retry.js';
import type { GcsTransport } from './gcs-transport.js';

const CHUNK_BYTES = 1_048_576;

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
  /** In order, each of its own memory, all but the last 1 MiB long. */
  readonly chunks: readonly Uint8Array[];
}

/**
 * Reads the stored bytes `[start, end)` of one generation into memory, over as many connections as it takes: a body that
 * is cut, resets or falls silent is gone on with where it stopped.
 */
export async function fetchPiece(
  transport: GcsTransport,
  settings: GcsSettings,
  key: string,
  range: { readonly start: number; readonly end: number },
  generation: string | undefined,
  signal: AbortSignal | undefined,
): Promise<Piece> {
  const patience = new Patience(settings, key, signal);
  const name = settings.prefix + key;
  const sink = new ChunkSink();
  let object: PinnedObject | undefined;
  for (;;) {
    try {
      const pinned = object?.generation ?? generation;
      const from = range.start + sink.size;
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
        return { object, chunks: sink.finish() };
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
        sink.add(chunk.subarray(skipped, skipped + (until - range.start - sink.size)));
        if (range.start + sink.size >= until && response.status === 200) break;
      }
      if (range.start + sink.size >= until) return { object, chunks: sink.finish() };
      throw new Error(`The body ended ${until - range.start - sink.size} bytes early`);
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

/** Fills buffers of 1 MiB from socket reads of some kilobytes: few large chunks cost less all the way down. */
class ChunkSink {
  size = 0;
  readonly #full: Uint8Array[] = [];
  readonly #parts: Uint8Array[] = [];
  #partsSize = 0;

  add(bytes: Uint8Array): void {
    this.size += bytes.length;
    while (bytes.length > 0) {
      const taken = bytes.subarray(0, CHUNK_BYTES - this.#partsSize);
      this.#parts.push(taken);
      this.#partsSize += taken.length;
      bytes = bytes.subarray(taken.length);
      if (this.#partsSize === CHUNK_BYTES) this.#flush();
    }
  }

  finish(): Uint8Array[] {
    if (this.#partsSize > 0) this.#flush();
    return this.#full;
  }

  #flush(): void {
    const chunk = new Uint8Array(Buffer.allocUnsafeSlow(this.#partsSize).buffer);
    let at = 0;
    for (const part of this.#parts) {
      chunk.set(part, at);
      at += part.length;
    }
    this.#full.push(chunk);
    this.#parts.length = 0;
    this.#partsSize = 0;
  }
}
