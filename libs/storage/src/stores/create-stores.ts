import type { ObjectStore } from '@datavis/plugin-sdk';
import type { GcsObjectStoreOptions } from '../gcs/gcs-object-store.js';
import type { HttpObjectStoreOptions } from '../http/http-object-store.js';
import type { ObjectCache, ObjectCacheOptions } from '../object-cache/object-cache.js';
import { LocalObjectStore } from '../local/local-object-store.js';
import { createObjectStoreResolver } from '../object-store/resolver.js';
import type { ObjectStoreOpener, ObjectStoreRegistry } from '../object-store/resolver.js';

export { httpPolicyOf } from '../http/allowed-hosts.js';

export interface CreateStoresOptions {
  /** Folders outside of a dataset's root that its symbolic links may lead to. Default: none. */
  readonly allowLinksTo?: readonly string[] | undefined;
  /** Credentials, endpoint and limits of `gs://`. Default: application default credentials. */
  readonly gcs?: Omit<GcsObjectStoreOptions, 'root'> | undefined;
  /** Opens `http:` and `https:`, for reading, on the hosts it allows. Default: both are unknown schemes. */
  readonly http?: Omit<HttpObjectStoreOptions, 'root'> | undefined;
  /** Keeps originals of `gs:` and `http(s):` on this disk, once they were read whole. Default: no cache. */
  readonly cache?: ObjectCacheOptions | undefined;
}

/**
 * All stores of this package behind one resolver: plain paths and `file:`, `gs:`, `http(s):` where allowed, and `….zip` on
 * any of them. What a scheme needs is loaded when the first of its URIs is opened.
 *
 * @example
 * ```ts
 * import { createStores } from '@datavis/storage/stores';
 *
 * const stores = createStores({ gcs: { anonymous: true } });
 * const store = await stores.open('gs://bucket/coco');
 * ```
 */
export function createStores(options: CreateStoresOptions = {}): ObjectStoreRegistry {
  const file: ObjectStoreOpener = async (uri): Promise<ObjectStore> =>
    new LocalObjectStore({ root: uri, allowLinksTo: options.allowLinksTo });
  let cache: Promise<ObjectCache> | undefined;
  async function cached(store: ObjectStore): Promise<ObjectStore> {
    if (options.cache === undefined) return store;
    const { ObjectCache, withDiskCache } = await import('../object-cache/with-disk-cache.js');
    cache ??= ObjectCache.open(options.cache);
    return withDiskCache(store, await cache);
  }
  const gs: ObjectStoreOpener = async (uri) => {
    const { GcsObjectStore } = await import('../gcs/gcs-object-store.js');
    return cached(new GcsObjectStore({ ...options.gcs, root: uri }));
  };
  const http: ObjectStoreOpener = async (uri) => {
    const { HttpObjectStore } = await import('../http/http-object-store.js');
    return cached(new HttpObjectStore({ allowHosts: [], ...options.http, root: uri }));
  };
  return createObjectStoreResolver({
    schemes: { file, gs, ...(options.http !== undefined && { http, https: http }) },
    zip: async (parent, key, call) => (await import('../zip/zip-object-store.js')).openZipStore(parent, key, call),
  });
}
