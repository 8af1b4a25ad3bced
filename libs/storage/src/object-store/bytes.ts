import type { ObjectReadOptions } from '@datavis/plugin-sdk';

/** The part of an object of `size` bytes that a read asks for, as `[start, end)` inside the object. */
export function clampRange(options: ObjectReadOptions | undefined, size: number): { start: number; end: number } {
  const start = checkedOffset(options?.start ?? 0, 'start');
  const end = checkedOffset(options?.end ?? size, 'end');
  const clampedStart = Math.min(start, size);
  return { start: clampedStart, end: Math.max(clampedStart, Math.min(end, size)) };
}

function checkedOffset(value: number, name: string): number {
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new RangeError(`${name} must be a whole number of bytes from 0, got ${value}`);
  }
  return value;
}

/** The body of a write as pieces. */
export async function* bodyChunks(body: Uint8Array | AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  if (body instanceof Uint8Array) yield body;
  else yield* body;
}

/** All bytes of a read in one array; for small objects. */
export async function readAll(source: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of source) {
    chunks.push(chunk);
    size += chunk.length;
  }
  if (chunks.length === 1 && chunks[0]) return chunks[0];
  const all = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}
