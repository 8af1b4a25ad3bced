export { Catalog } from './catalog/catalog.js';
export type { LinkReport } from './catalog/link.js';
export type { SourceTransaction, SourceWriter } from './catalog/source-writer.js';
export type { KnownSource, RunState, SourceSpec, SourceStart } from './catalog/source-spec.js';
export { migrate, SCHEMA_VERSION, schemaVersion } from './catalog/migrations.js';
export { readAll } from './object-store/bytes.js';
export type { ObjectStoreErrorCode } from './object-store/errors.js';
export { compareUtf8 } from './object-store/key-order.js';
export { MemoryObjectStore } from './object-store/memory-object-store.js';
export type { MemoryObjectStoreOptions } from './object-store/memory-object-store.js';
export { createObjectStoreResolver } from './object-store/resolver.js';
export type {
  ArchiveOpener,
  ObjectStoreOpener,
  ObjectStoreRegistry,
  ObjectStoreResolverOptions,
} from './object-store/resolver.js';
export { objectUri, schemeOf, splitUri } from './object-store/uri.js';
