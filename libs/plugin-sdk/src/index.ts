export { DataVisError, isAbortError, isDataVisError } from './errors.js';
export type { DataVisErrorOptions, InputPlace } from './errors.js';
export { hasValue, MAX_BATCH_ROWS, textAt } from './columns.js';
export type {
  BoolColumn,
  Column,
  ColumnOf,
  ColumnType,
  Float32Column,
  Float32VectorColumn,
  Float64Column,
  Float64ListColumn,
  Float64ListListColumn,
  Int32Column,
  Int64Column,
  JsonColumn,
  Utf8Column,
  Validity,
} from './columns.js';
export type {
  AnnotationColumns,
  CategoryColumns,
  CocoBatch,
  ImageColumns,
  PlaceColumns,
  RecordColumns,
  TableBatch,
  TableColumns,
  TableName,
} from './batches.js';
export type { CocoCursor, CocoKind, SectionSummary } from './cursor.js';
export type { Finding, FindingAction, FindingPolicy, FindingSeverity, PolicyName } from './findings.js';
export type {
  CallOptions,
  ObjectEntry,
  ObjectListOptions,
  ObjectReadOptions,
  ObjectStat,
  ObjectStore,
  ObjectStoreCapabilities,
  ObjectStoreResolver,
  ObjectWriteOptions,
} from './object-store.js';
export type {
  AppendColumns,
  SqlBatch,
  SqlCapabilities,
  SqlConnection,
  SqlDatabase,
  SqlRow,
  SqlValue,
} from './sql-driver.js';
export type {
  DecodedPixels,
  ImageHeader,
  Thumbnail,
  ThumbnailEngine,
  ThumbnailFit,
  ThumbnailFormat,
  ThumbnailOptions,
} from './thumbnails.js';
export { token } from './di.js';
export type { Registrar, Resolver, Token } from './di.js';
