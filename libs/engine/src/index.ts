export { createEngine } from './engine.js';
export type { Engine, EngineDeps, EngineOptions } from './engine.js';
export type { ImportOptions } from './import/import-dataset.js';
export type { ImportProgress, ImportRequest, ImportResult, SourceResult } from './import/import-types.js';
export type { SourceReader } from './read-ahead.js';
export { diffDatasets } from './diff/diff-datasets.js';
export type {
  DiffExample,
  DiffOptions,
  DiffRequest,
  DiffResult,
  DiffSide,
  TableDiff,
} from './diff/diff-datasets.js';
export { createDrawing } from './drawing/drawing.js';
export type { AnnotatedPicture, Drawing, DrawingCall, DrawingFormat, DrawingOptions } from './drawing/drawing.js';
export { categoryStylesOf } from './drawing/category-styles.js';
export type { CategoryStyles } from './drawing/category-styles.js';
export type { Skeletons } from './drawing/shape-of.js';
export { cocoFile } from './export/coco-file.js';
export type { CocoFileRequest } from './export/coco-file.js';
export { exportDataset } from './export/export-dataset.js';
export type { ExportDeps, ExportOptions } from './export/export-dataset.js';
export { PARQUET_TABLES } from './export/parquet.js';
export { openExport } from './export/open-export.js';
export type { ExportSource, FilePlan, OpenExport } from './export/open-export.js';
export type {
  ExportedFile,
  ExportFormat,
  ExportProgress,
  ExportRequest,
  ExportResult,
} from './export/export-types.js';
export { findLayout } from './layout/find-layout.js';
export type { FindLayoutOptions } from './layout/find-layout.js';
export { locateDataset } from './layout/locate.js';
export type { LocatedDataset, LocatedSource, LocateOptions, MediaPlace } from './layout/locate.js';
export type { DatasetLayout, LayoutKind, LayoutSource } from './layout/layout.js';
export type { LayoutFile } from './layout/folders.js';
export { createMediaReader } from './media/media-reader.js';
export type { MediaFile, MediaReader, MediaReaderDeps, MediaRef } from './media/media-reader.js';
export { makeThumbnails } from './thumbnails/make-thumbnails.js';
export type {
  MakeThumbnailsCall,
  MakeThumbnailsDeps,
  MakeThumbnailsProgress,
  MakeThumbnailsRequest,
  MakeThumbnailsResult,
} from './thumbnails/make-thumbnails.js';
export { nameCandidates } from './media/name-candidates.js';
export type { NameBase, NameCandidate, NameCandidates, NameReading } from './media/name-candidates.js';
export {
  arrangePlugins,
  catchStrays,
  cocoBytes,
  createPluginHost,
  detectFormat,
  disablePlugin,
  exactJson,
  enablePlugin,
  findConfig,
  hostOf,
  importerOf,
  importerRun,
  listOperations,
  loadPackage,
  loadPlugins,
  openPluginHost,
  manifestOf,
  PluginError,
  registerSchemes,
  removePluginData,
  runOperation,
  seededRandom,
  showImages,
  startWatchdog,
  switchesBeside,
  writeManifest,
} from './plugins/index.js';
export type {
  BlockNotice,
  FoundImporter,
  ImagePassDeps,
  ImagePassRequest,
  ImagePassResult,
  LoadedPlugin,
  LoadedPlugins,
  LoadPluginsOptions,
  OperationCall,
  OperationInfo,
  PluginErrorCode,
  PluginHost,
  PluginHostDeps,
  UncaughtErrors,
  OpenPluginHostDeps,
  PluginManifest,
  PluginOrder,
  PluginRun,
  PluginRunRequest,
  PluginStatus,
  SchemeRegistry,
  TaskThread,
  TransformedBatch,
  Watchdog,
  WatchdogOptions,
} from './plugins/index.js';
export { verifyDataset } from './verify/verify-dataset.js';
export type {
  SectionCheck,
  SourceCheck,
  VerifyDeps,
  VerifyOptions,
  VerifyProgress,
  VerifyRequest,
  VerifyResult,
} from './verify/verify-dataset.js';
export { findDuplicates } from './duplicates/find-duplicates.js';
export type { DuplicateGroup, DuplicateImage, DuplicateReport } from './duplicates/find-duplicates.js';
export { scanMedia } from './media/scan-media.js';
export type { MediaScanDeps, MediaScanOptions, MediaScanRequest, MediaScanResult } from './media/scan-media.js';
export type { MediaCode } from './media/media-findings.js';
export { optimiseCatalog } from './optimise/optimise-catalog.js';
export type { OptimiseOptions, OptimiseProgress, OptimiseResult } from './optimise/optimise-catalog.js';
export { createSnapshot } from './snapshot/create-snapshot.js';
export type {
  SnapshotOptions,
  SnapshotProgress,
  SnapshotRequest,
  SnapshotResult,
} from './snapshot/create-snapshot.js';
export { createSnapshotFolder } from './snapshot/snapshot-folder.js';
export type { SnapshotFile, SnapshotFolder } from './snapshot/snapshot-folder.js';
