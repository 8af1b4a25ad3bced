import { Readable } from 'node:stream';
import type { Transform } from 'node:stream';

/**
 * The unpacked bytes `[start, end)` of a packed source. All before `start` is unpacked too, and dropped; `onChunk` sees it.
 * Leaving the loop ends both streams.
 */
export async function* unpackRange(
  packed: AsyncIterable<Uint8Array>,
  unpacker: Transform,
  start: number,
  end: number,
  onChunk?: (chunk: Uint8Array) => void,
): AsyncGenerator<Uint8Array> {
  const source = Readable.from(packed, { objectMode: true });
  source.on('error', (error) => unpacker.destroy(error));
  source.pipe(unpacker);
  let at = 0;
  try {
    for await (const chunk of unpacker as AsyncIterable<Buffer>) {
      onChunk?.(chunk);
      const from = Math.max(0, start - at);
      const to = Math.min(chunk.length, end - at);
      at += chunk.length;
      if (from < to) yield chunk.subarray(from, to);
    }
  } finally {
    source.destroy();
    unpacker.destroy();
  }
}

/** True for an error of zlib: the packed bytes are damaged. */
export function isZlibError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && /^(Z_|ERR__?ZLIB)/.test(String(error.code));
}
