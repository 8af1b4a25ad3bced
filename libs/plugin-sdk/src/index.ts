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
  SqlFile,
  SqlRow,
  SqlValue,
  StreamOptions,
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
export { DatabaseToken, ThumbnailEngineToken, token } from './di.js';
export type { Registrar, Resolver, Token } from './di.js';
export { API_VERSION, isPlugin } from './plugin.js';
export type { Brand, Capability, FailurePolicy, Plugin, PluginDefinition, PluginFactory } from './plugin.js';
export { SDK_VERSION } from './brand.js';
export { definePlugin } from './define-plugin.js';
export { BasePlugin } from './base-plugin.js';
export { defineConfig } from './config.js';
export type { DataVisConfig, PluginClass, PluginEntry, PluginSettings, PluginSpecifier } from './config.js';
export { HOOKS } from './plugin-hooks.js';
export type {
  DecodedImage,
  HookInfo,
  HookName,
  PluginFailure,
  PluginHooks,
  RunHooks,
  RunSummary,
} from './plugin-hooks.js';
export type { Batch, PluginFinding, RowCursor } from './plugin-batch.js';
export type {
  ColumnDeclarations,
  ColumnInfo,
  ColumnSet,
  ColumnSpec,
  CoreColumnName,
  CoreColumns,
  DeclaredColumns,
  InputCarriers,
  InputOf,
  NoColumns,
  OutputCarriers,
  OutputOf,
  OutputRow,
  OutputValue,
  PlainColumnInfo,
  PluginTable,
  RewritableColumn,
  RewriteOf,
  VectorColumnInfo,
} from './plugin-columns.js';
export type {
  Awaitable,
  Disposer,
  IngestRun,
  Logger,
  Nothing,
  PluginContext,
  PluginDb,
  RunInfo,
} from './plugin-context.js';
export { defineOperation } from './contributions.js';
export type {
  Detection,
  ImportChunk,
  ImporterContribution,
  ImportProbe,
  ImportRecord,
  ImportSource,
  Migration,
  Operation,
  OperationContext,
  OperationField,
  StorageContribution,
} from './contributions.js';
export type { InferInput, InferOutput, SchemaIssue, SchemaResult, StandardSchema } from './standard-schema.js';
