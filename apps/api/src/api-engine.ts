import {
  createDrawing,
  createMediaReader,
  createSnapshotFolder,
  listOperations,
  runOperation,
} from '@datavis/engine';
import type { Engine, PluginHost } from '@datavis/engine';
import type { ObjectStoreResolver, SqlDatabase, ThumbnailEngine } from '@datavis/plugin-sdk';
import { createCatalogReader } from '@datavis/storage';
import type { Thumbnailer } from '@datavis/thumbs';
import type { ApiEngine, PluginPort } from './ports.js';

/** What a program has opened, and closes after the server. */
export interface ApiParts {
  readonly engine: Engine;
  readonly database: SqlDatabase;
  readonly stores: ObjectStoreResolver;
  readonly thumbnails: Thumbnailer;
  /** The engine behind the thumbnails: overlays are drawn with it. */
  readonly thumbnailEngine: ThumbnailEngine;
  readonly plugins: PluginHost;
  /** Folder of the snapshots. */
  readonly snapshotDir: string;
}

/** The parts of a program as the API needs them. */
export function createApiEngine({
  engine,
  database,
  stores,
  thumbnails,
  thumbnailEngine,
  plugins,
  snapshotDir,
}: ApiParts): ApiEngine {
  const catalog = createCatalogReader(database);
  return {
    catalog,
    media: createMediaReader({ catalog, stores }),
    thumbnails,
    drawing: createDrawing(thumbnailEngine),
    imports: engine,
    exports: engine,
    checks: engine,
    snapshots: createSnapshotFolder(database, snapshotDir),
    plugins: pluginPort(plugins),
  };
}

function pluginPort(host: PluginHost): PluginPort {
  return {
    list: () =>
      host.statuses().map(({ plugin: { name, namespace, version, definition }, state, error }) => ({
        name,
        namespace,
        version,
        formats: (definition.importers ?? []).map(({ format }) => format),
        schemes: (definition.storage ?? []).map(({ scheme }) => scheme),
        state,
        error: error?.message,
      })),
    operations: () => listOperations(host),
    run: (namespace, operation, input, { signal }) =>
      runOperation(host, namespace, operation, input, signal === undefined ? {} : { signal }),
  };
}
