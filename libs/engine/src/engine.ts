import { DataVisError } from '@datavis/plugin-sdk';
import type { CallOptions, ObjectStoreResolver, SqlDatabase, ThumbnailEngine } from '@datavis/plugin-sdk';
import type { Thumbnailer } from '@datavis/thumbs';
import {
  Catalog,
  createCatalogReader,
  type PromotedField,
  type PromoteRequest,
  type PromoteResult,
} from '@datavis/storage';
import { findDuplicates, type DuplicateReport } from './duplicates/find-duplicates.js';
import { exportDataset, type ExportOptions } from './export/export-dataset.js';
import type { ExportRequest, ExportResult } from './export/export-types.js';
import { openExport, type OpenExport } from './export/open-export.js';
import { importAndScan } from './import/import-and-scan.js';
import type { ImportOptions } from './import/import-dataset.js';
import type { ImportRequest, ImportResult } from './import/import-types.js';
import { createMediaReader } from './media/media-reader.js';
import {
  scanMedia,
  type MediaScanOptions,
  type MediaScanRequest,
  type MediaScanResult,
} from './media/scan-media.js';
import { optimiseCatalog, type OptimiseOptions, type OptimiseResult } from './optimise/optimise-catalog.js';
import type { PluginHost } from './plugins/index.js';
import type { SourceReader } from './read-ahead.js';
import {
  createSnapshot,
  type SnapshotOptions,
  type SnapshotRequest,
  type SnapshotResult,
} from './snapshot/create-snapshot.js';
import {
  makeThumbnails,
  type MakeThumbnailsCall,
  type MakeThumbnailsRequest,
  type MakeThumbnailsResult,
} from './thumbnails/make-thumbnails.js';
import {
  verifyDataset,
  type VerifyOptions,
  type VerifyRequest,
  type VerifyResult,
} from './verify/verify-dataset.js';

export interface EngineDeps {
  /** Opened by the application, which also closes it, after the engine. */
  readonly database: SqlDatabase;
  readonly stores: ObjectStoreResolver;
  /** Default: no plugins. */
  readonly plugins?: PluginHost | undefined;
  /**
   * Thread that parses annotation files, from `createCocoWorker` of @datavis/ingest-coco/worker; the application closes
   * it. Default: files are parsed on the caller's thread.
   */
  readonly reader?: SourceReader | undefined;
  /** Makes thumbnails, from `createThumbnailer` of @datavis/thumbs; the application closes it. Default: none are made. */
  readonly thumbnailer?: Pick<Thumbnailer, 'get'> | undefined;
  /**
   * Decodes pictures for plugins that want to see them, such as an engine of @datavis/thumbs; the application closes it.
   * Default: none are shown.
   */
  readonly decoder?: Pick<ThumbnailEngine, 'decode'> | undefined;
}

export interface EngineOptions {
  /** Rows of one commit of an import. Default 61,440. */
  readonly commitRows?: number | undefined;
  /** Most rows of a batch, as plugins see it: 1 to 2,048. Default 2,048. */
  readonly batchRows?: number | undefined;
  /**
   * Folder for what importers of plugins read, as COCO files: they stay, to be compared with at the next import of the
   * same source. Default: no other format is imported.
   */
  readonly importsDir?: string | undefined;
}

/** The use cases of DataVis on one database. */
export interface Engine {
  readonly catalog: Catalog;
  import(request: ImportRequest, options?: ImportOptions): Promise<ImportResult>;
  export(request: ExportRequest, options?: ExportOptions): Promise<ExportResult>;
  openExport(request: Omit<ExportRequest, 'out'>, options?: CallOptions): Promise<OpenExport>;
  verify(request: VerifyRequest, options?: VerifyOptions): Promise<VerifyResult>;
  snapshot(request: SnapshotRequest, options?: SnapshotOptions): Promise<SnapshotResult>;
  scanMedia(request: MediaScanRequest, options?: MediaScanOptions): Promise<MediaScanResult>;
  duplicates(dataset: string, options?: CallOptions): Promise<DuplicateReport>;
  /** Makes a dataset's thumbnails ahead of need; `DATAVIS_ENGINE_NO_THUMBNAILER` where the engine was given none. */
  thumbnails(request: MakeThumbnailsRequest, options?: MakeThumbnailsCall): Promise<MakeThumbnailsResult>;
  /** Rewrites the database file sorted and compact; see `optimiseCatalog`. */
  optimise(options?: OptimiseOptions): Promise<OptimiseResult>;
  /** See `Catalog.promoteField`: a key of `extra` becomes a typed column. */
  promoteField(request: PromoteRequest): Promise<PromoteResult>;
  /** The reverse. False where the field is not promoted. */
  demoteField(field: Pick<PromotedField, 'table' | 'field'>): Promise<boolean>;
}

/**
 * @example
 * ```ts
 * import { createEngine } from '@datavis/engine';
 * import { createObjectStoreResolver } from '@datavis/storage';
 * import { openDuckDb } from '@datavis/storage/duckdb-node';
 * import { openLocalStore } from '@datavis/storage/local';
 *
 * const database = await openDuckDb('datavis.duckdb');
 * const stores = createObjectStoreResolver({ schemes: { file: openLocalStore } });
 * const engine = await createEngine({ database, stores });
 * const result = await engine.import({ sources: ['./my-dataset'] });
 * console.log(result.imported);
 * await database.close();
 * ```
 */
export async function createEngine(deps: EngineDeps, options: EngineOptions = {}): Promise<Engine> {
  const catalog = await Catalog.open(deps.database);
  return {
    catalog,
    import: (request, call) => importAndScan({ ...deps, ...options, catalog }, request, call),
    export: (request, call) => exportDataset(deps, request, call),
    openExport: (request, call) => openExport(deps.database, request, call),
    verify: (request, call) => verifyDataset(deps, request, call),
    snapshot: (request, call) => createSnapshot(deps.database, request, call),
    scanMedia: (request, call) => scanMedia({ catalog, stores: deps.stores }, request, call),
    optimise: (call) => optimiseCatalog(catalog, call),
    promoteField: (request) => catalog.promoteField(request),
    demoteField: (field) => catalog.demoteField(field),
    duplicates: (dataset, call) => findDuplicates(deps.database, dataset, call),
    thumbnails: (request, call) => bulkThumbnails(deps, request, call),
  };
}

async function bulkThumbnails(
  { database, stores, thumbnailer }: EngineDeps,
  request: MakeThumbnailsRequest,
  call?: MakeThumbnailsCall,
): Promise<MakeThumbnailsResult> {
  if (thumbnailer === undefined) {
    throw new DataVisError('DATAVIS_ENGINE_NO_THUMBNAILER', 'This engine makes no thumbnails', {
      hint: 'Give createEngine a thumbnailer.',
    });
  }
  const media = createMediaReader({ catalog: createCatalogReader(database), stores });
  try {
    return await makeThumbnails({ database, media, thumbnailer }, request, call);
  } finally {
    await media.close();
  }
}
