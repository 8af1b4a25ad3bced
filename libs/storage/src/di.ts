import { DatabaseToken, token } from '@datavis/plugin-sdk';
import type { Registrar, Token } from '@datavis/plugin-sdk';
import type { ObjectStoreRegistry } from './object-store/resolver.js';
import { createCatalogReader } from './query/catalog-reader.js';
import type { CatalogReader } from './query/catalog-reader.js';
import { createStores } from './stores/create-stores.js';
import type { CreateStoresOptions } from './stores/create-stores.js';

/** What opens object stores by URI; schemes can be added. */
export const StoresToken: Token<ObjectStoreRegistry> = token('@datavis/storage/Stores');

/** Reads of the catalog. */
export const CatalogToken: Token<CatalogReader> = token('@datavis/storage/Catalog');

/**
 * Registers the object stores and the catalog's reader; the latter needs `DatabaseToken`.
 *
 * @example
 * ```ts
 * import type { Registrar, Resolver } from '@datavis/plugin-sdk';
 * import { registerStorage, StoresToken } from '@datavis/storage/di';
 *
 * declare const container: Registrar & Resolver;
 * registerStorage(container);
 * const store = await container.resolve(StoresToken).open('./coco');
 * ```
 */
export function registerStorage(registrar: Registrar, options: CreateStoresOptions = {}): void {
  registrar.register(StoresToken, () => createStores(options));
  registrar.register(CatalogToken, (from) => createCatalogReader(from.resolve(DatabaseToken)));
}
