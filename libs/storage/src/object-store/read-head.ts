import type { CallOptions, ObjectStore } from '@datavis/plugin-sdk';
import { readAll } from './bytes.js';

/** What image headers lie in, as a rule: a JPEG with a thumbnail in its EXIF data is the large case. */
const DEFAULT_HEAD_BYTES = 4_096;

export interface ReadHeadOptions extends CallOptions {
  /** Bytes of the first request. Default 4,096. */
  readonly bytes?: number | undefined;
  /** Most bytes that are read when the first ones do not do. Default 262,144. */
  readonly maxBytes?: number | undefined;
  /** Version to read, as `stat` or `list` gave it. */
  readonly version?: string | undefined;
}

/**
 * Reads the beginning of an object until `parse` finds in it what it looks for, such as an image's size: first a few
 * kilobytes, then eight times as many, and so on. `undefined` where nothing was found within `maxBytes`.
 *
 * @example
 * ```ts
 * import { MemoryObjectStore, readHead } from '@datavis/storage';
 *
 * const store = new MemoryObjectStore({ objects: { 'a.png': new Uint8Array(9_000) } });
 * const size = await readHead(store, 'a.png', (bytes) => (bytes.length > 24 ? bytes[23] : undefined));
 * ```
 */
export async function readHead<T>(
  store: ObjectStore,
  key: string,
  parse: (bytes: Uint8Array) => T | undefined,
  options: ReadHeadOptions = {},
): Promise<T | undefined> {
  const { maxBytes = 262_144, signal, version } = options;
  for (let end = Math.min(options.bytes ?? DEFAULT_HEAD_BYTES, maxBytes); ; end = Math.min(end * 8, maxBytes)) {
    const bytes = await readAll(store.read(key, { end, signal, version }));
    const found = parse(bytes);
    if (found !== undefined || bytes.length < end || end === maxBytes) return found;
  }
}
