import type { ObjectStore } from '@datavis/plugin-sdk';
import type { GcsObjectStoreOptions } from '../gcs/gcs-object-store.js';
import { LocalObjectStore } from '../local/local-object-store.js';
import { createObjectStoreResolver } from '../object-store/resolver.js';
import type { ObjectStoreOpener, ObjectStoreRegistry } from '../object-store/resolver.js';

export interface CreateStoresOptions {
  /** Folders outside of a dataset's root that its symbolic links may lead to. Default: none. */
  readonly allowLinksTo?: readonly string[] | undefined;
  /** Credentials, endpoint and limits of `gs://`. Default: application default credentials. */
  readonly gcs?: Omit<GcsObjectStoreOptions, 'root'> | undefined;
}

/**
 * All stores of this package behind one resolver: plain paths and `file:`, `gs:`, and `….zip` on any of them. What a scheme
 * needs is loaded when the first of its URIs is opened.
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
  const gs: ObjectStoreOpener = async (uri) => {
    const { GcsObjectStore } = await import('../gcs/gcs-object-store.js');
    return new GcsObjectStore({ ...options.gcs, root: uri });
  };
  return createObjectStoreResolver({
    schemes: { file, gs },
    zip: async (parent, key, call) => (await import('../zip/zip-object-store.js')).openZipStore(parent, key, call),
  });
}
