import { IngestError } from './errors.js';
import type { RemoteSource, ThreadCall } from './worker/protocol.js';

/** A source that can be read from any byte on, and knows its version: what resuming is fastest with. */
export interface CocoRangeSource {
  /** Changes whenever the bytes may have changed; goes into cursors. */
  readonly version?: string | undefined;
  /** How a reading thread makes this source by itself: an exported function of a module, and plain arguments. */
  readonly inThread?: ThreadCall | undefined;
  /** Bytes in order, from `start` on. Breaking out of the loop releases the source. */
  read(options: { readonly start: number; readonly signal?: AbortSignal | undefined }): AsyncIterable<Uint8Array>;
}

/**
 * Where the bytes of a COCO file come from: chunks of any size (a Node `Readable`, the `read` of an object store), a
 * web stream (a `fetch` body), a `Blob` (a `File` that was dropped on a page), bytes in memory, or a range source.
 */
export type CocoSource =
  AsyncIterable<Uint8Array> | ReadableStream<Uint8Array> | Blob | Uint8Array | CocoRangeSource;

/** Bytes of the source from `start` on. */
export function openSource(
  source: CocoSource,
  start: number,
  signal: AbortSignal | undefined,
): AsyncIterable<Uint8Array> {
  if (source instanceof Uint8Array) return once(source.subarray(start));
  if (isRangeSource(source)) return source.read({ start, signal });
  if (isBlob(source)) return streamed(source.slice(start).stream());
  const chunks = Symbol.asyncIterator in source ? source : streamed(source);
  return start === 0 ? chunks : skipped(chunks, start);
}

export function versionOf(source: CocoSource): string | undefined {
  return isRangeSource(source) ? source.version : undefined;
}

/** How a thread can open the source without us. */
export function remoteOf(source: CocoSource): RemoteSource | undefined {
  const inThread = isRangeSource(source) ? source.inThread : undefined;
  return inThread && { kind: 'module', ...inThread };
}

function isRangeSource(source: CocoSource): source is CocoRangeSource {
  return 'read' in source && typeof source.read === 'function' && !(Symbol.asyncIterator in source);
}

function isBlob(source: CocoSource): source is Blob {
  return 'slice' in source && 'stream' in source;
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** Safari and older browsers cannot iterate a stream. */
async function* streamed(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
    reader.releaseLock();
  }
}

async function* skipped(chunks: AsyncIterable<Uint8Array>, start: number): AsyncGenerator<Uint8Array> {
  let rest = start;
  for await (const chunk of chunks) {
    if (rest < chunk.length) yield rest === 0 ? chunk : chunk.subarray(rest);
    rest = Math.max(0, rest - chunk.length);
  }
  if (rest > 0) throw new IngestError('DATAVIS_INGEST_CHANGED', 'the source is shorter than the cursor says');
}
