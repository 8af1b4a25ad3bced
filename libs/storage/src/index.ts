export { Catalog } from './catalog/catalog.js';
export type {
  PromotedField,
  PromotedTable,
  PromotedType,
  PromoteErrorCode,
  PromoteRequest,
  PromoteResult,
} from './catalog/promoted-fields.js';
export type { MaskMeasures, MeasureMask } from './catalog/derive-shapes.js';
export { findUnchanged } from './catalog/known-sources.js';
export type { SourceLookup, UnchangedSource } from './catalog/known-sources.js';
export type { ReadSource, StoredSource } from './catalog/source-group.js';
export type { LinkReport } from './catalog/link.js';
export type { Difference, DifferenceTable, TableDifference } from './catalog/difference.js';
export type { ExpectedCategory } from './catalog/category-intake.js';
export type { FinishReport, SourceTransaction, SourceWriter } from './catalog/source-writer.js';
export type { BeginsWith, KnownSource, RunState, SourceSpec, SourceStart } from './catalog/source-spec.js';
export { RECORD_COLUMNS } from './catalog/record-columns.js';
export { dense as denseKeys } from './catalog/row-columns.js';
export { migrate, SCHEMA_VERSION, schemaVersion } from './catalog/migrations.js';
export { readAll } from './object-store/bytes.js';
export type { ObjectStoreErrorCode } from './object-store/errors.js';
export { compareUtf8 } from './object-store/key-order.js';
export { MemoryObjectStore } from './object-store/memory-object-store.js';
export type { MemoryObjectStoreOptions } from './object-store/memory-object-store.js';
export { readHead } from './object-store/read-head.js';
export type { ReadHeadOptions } from './object-store/read-head.js';
export { createObjectStoreResolver } from './object-store/resolver.js';
export type {
  ArchiveOpener,
  ObjectStoreOpener,
  ObjectStoreRegistry,
  ObjectStoreResolverOptions,
} from './object-store/resolver.js';
export { objectUri, schemeOf, splitObjectUri, splitUri } from './object-store/uri.js';
export { createCatalogReader } from './query/catalog-reader.js';
export type { CatalogReader, RecordRequest, RowPage } from './query/catalog-reader.js';
export type { RecordTable } from './query/compile-filter.js';
export type { QueryErrorCode } from './query/errors.js';
export type { FindingPage, FindingRequest } from './query/findings.js';
export { SORTS } from './query/order.js';
export type { PageRequest } from './query/page.js';
export { PROMOTED_NAMESPACE } from './query/plugin-columns.js';
export { filterWords, parseFilter } from './query/parse-filter.js';
export type { FilterWords } from './query/parse-filter.js';
export type { ColumnTerm, NameSet, NumberRange, RecordFilter } from './query/record-filter.js';
export type { FieldStats } from './query/field-stats.js';
export { rowsOf } from './query/rows-of.js';
export type { Aspects, CategoryStats, DatasetStats } from './query/stats.js';
