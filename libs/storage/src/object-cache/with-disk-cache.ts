import type { FileHandle } from 'node:fs/promises';
import type { ObjectReadOptions, ObjectStore } from '@datavis/plugin-sdk';
import { clampRange } from '../object-store/bytes.js';
import { notFound } from '../object-store/errors.js';
import { objectUri } from '../object-store/uri.js';
import { type ObjectCache, cacheId } from './object-cache.js';

export { ObjectCache } from './object-cache.js';
export type { ObjectCacheOptions } from './object-cache.js';

const CHUNK_BYTES = 262_144;

/**
 * The same store, whose objects stay on this disk once they were read whole: the originals of a bucket, which are looked at
 * again and again. A version is asked for before each read that does not name one, so what is given out is never old;
 * ranges of what is not there are passed on and not kept. One cache serves many stores; closing a store leaves it.
 *
 * @example
 * ```ts
 * import { GcsObjectStore } from '@datavis/storage/gcs';
 * import { ObjectCache, withDiskCache } from '@datavis/storage/disk-cache';
 *
 * const cache = await ObjectCache.open({ dir: './originals', maxBytes: 10 * 1024 ** 3 });
 * const store = withDiskCache(new GcsObjectStore({ root: 'gs://bucket/coco' }), cache);
 * ```
 */
export function withDiskCache(store: ObjectStore, cache: ObjectCache): ObjectStore {
  return {
    root: store.root,
    capabilities: store.capabilities,
    stat: (key, options) => store.stat(key, options),
    list: (prefix, options) => store.list(prefix, options),
    write: (key, body, options) => store.write(key, body, options),
    delete: (key, options) => store.delete(key, options),
    close: () => store.close(),
    read: (key, options) => readThrough(store, cache, key, options),
  };
}

async function* readThrough(
  store: ObjectStore,
  cache: ObjectCache,
  key: string,
  options: ObjectReadOptions = {},
): AsyncGenerator<Uint8Array> {
  const { signal } = options;
  clampRange(options, 0); // Refuses what is no range, as the store would.
  const version = options.version ?? (await store.stat(key, { signal }))?.version;
  signal?.throwIfAborted();
  if (version === undefined) throw notFound(store.root, key);
  const id = cacheId(objectUri(store.root, key), version);
  const kept = await cache.open(id);
  if (kept !== undefined) {
    yield* readFile(kept.handle, clampRange(options, kept.size), signal);
    return;
  }
  const source = store.read(key, { ...options, version });
  const isWhole = (options.start ?? 0) === 0 && options.end === undefined;
  const entry = isWhole ? await cache.begin(id) : undefined;
  if (entry === undefined) {
    yield* source;
    return;
  }
  try {
    for await (const chunk of source) {
      // Before it is given away: from then on its bytes are the caller's to change.
      await entry.write(chunk);
      yield chunk;
    }
    await entry.keep();
  } finally {
    await entry.drop();
  }
}

async function* readFile(
  handle: FileHandle,
  { start, end }: { readonly start: number; readonly end: number },
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  try {
    for (let at = start; at < end;) {
      const chunk = new Uint8Array(Math.min(CHUNK_BYTES, end - at));
      const { bytesRead } = await handle.read(chunk, 0, chunk.length, at);
      signal?.throwIfAborted();
      if (bytesRead === 0) throw new Error('A file of the cache was cut while it was read');
      at += bytesRead;
      yield chunk.subarray(0, bytesRead);
      signal?.throwIfAborted();
    }
  } finally {
    await handle.close();
  }
}
