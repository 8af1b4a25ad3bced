// The one place of the command line that knows the container. Imported only by commands that need an engine.
import 'reflect-metadata/lite';
import { createDrawing, createEngine, createMediaReader } from '@datavis/engine';
import type { Drawing, Engine, MediaReader, PluginHost } from '@datavis/engine';
import { createCocoWorker } from '@datavis/ingest-coco/worker';
import type { CocoWorker } from '@datavis/ingest-coco/worker';
import { token } from '@datavis/plugin-sdk';
import type { ObjectStoreResolver, SqlDatabase, ThumbnailEngine, Token } from '@datavis/plugin-sdk';
import { createCatalogReader } from '@datavis/storage';
import type { CatalogReader, ObjectStoreRegistry } from '@datavis/storage';
import { openDuckDb } from '@datavis/storage/duckdb-node';
import { createStores } from '@datavis/storage/stores';
import { createThumbnailer, loadThumbnailEngine } from '@datavis/thumbs';
import type { Thumbnailer } from '@datavis/thumbs';
import { createDiskCache } from '@datavis/thumbs/disk-cache';
import { container, instanceCachingFactory } from 'tsyringe';
import type { DependencyContainer } from 'tsyringe';
import type { OpenPluginsRequest } from './plugins/open-plugins.js';

const Database = token<SqlDatabase>('@datavis/cli/Database');
const Stores = token<ObjectStoreRegistry>('@datavis/cli/Stores');
const Reader = token<CatalogReader>('@datavis/cli/CatalogReader');

/** What commands work with. Everything is closed by {@link close}, in reverse order of opening. */
export interface Session {
  readonly engine: Engine;
  readonly database: SqlDatabase;
  readonly reader: CatalogReader;
  /** Undefined where no plugin is loaded. */
  readonly plugins: PluginHost | undefined;
  readonly stores: ObjectStoreResolver;
  close(): Promise<void>;
}

export interface SessionOptions {
  /** Bytes of DuckDB's buffers. */
  readonly memoryLimitBytes?: number | undefined;
  /** Default: no plugins. */
  readonly plugins?: OpenPluginsRequest | undefined;
}

function get<T>(from: DependencyContainer, name: Token<T>): T {
  return from.resolve<T>(name);
}

/** Opens the database and puts the engine together. */
export async function openSession(path: string, options: SessionOptions = {}): Promise<Session> {
  const closers: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    for (const closer of closers.splice(0).reverse()) await closer();
  };
  try {
    // What opens asynchronously is opened first and registered as it is.
    const database = await openDuckDb(path, options);
    closers.push(() => database.close());
    const child = container.createChildContainer();
    child.registerInstance(Database, database);
    child.register(Stores, {
      useFactory: instanceCachingFactory(() =>
        // STORAGE_EMULATOR_HOST is what Google's own clients take for another endpoint.
        createStores({ gcs: { apiEndpoint: process.env['STORAGE_EMULATOR_HOST'] } }),
      ),
    });
    child.register(Reader, {
      useFactory: instanceCachingFactory((from) => createCatalogReader(get(from, Database))),
    });
    const stores = get(child, Stores);
    let plugins: PluginHost | undefined;
    if (options.plugins !== undefined) {
      const { openPlugins } = await import('./plugins/open-plugins.js');
      plugins = await openPlugins({ database, stores }, options.plugins);
      closers.push(async () => plugins?.close());
    }
    let worker: CocoWorker | undefined;
    closers.push(async () => worker?.close());
    let pictures: Promise<ThumbnailEngine> | undefined;
    closers.push(async () => (await pictures)?.close());
    const engine = await createEngine({
      database,
      stores,
      plugins,
      // The thread starts with the first file that is read.
      reader: { readCoco: (source, call) => (worker ??= createCocoWorker()).readCoco(source, call) },
      decoder: { decode: async (...call) => (await (pictures ??= loadThumbnailEngine())).decode(...call) },
    });
    return { engine, database, reader: get(child, Reader), plugins, stores, close };
  } catch (error) {
    await close();
    throw error;
  }
}

export interface Pictures {
  readonly media: MediaReader;
  readonly thumbnailer: Thumbnailer;
  close(): Promise<void>;
}

/** Pictures of a session and their thumbnails, in the cache that a server of the same database uses. */
export async function openPictures(
  { reader, stores }: Session,
  cache: { readonly dir: string; readonly maxBytes: number },
): Promise<Pictures> {
  const media = createMediaReader({ catalog: reader, stores });
  const thumbnailer = createThumbnailer({ engine: await loadThumbnailEngine(), cache: createDiskCache(cache) });
  return {
    media,
    thumbnailer,
    close: async () => {
      await thumbnailer.close();
      await media.clear();
    },
  };
}

export interface DrawingParts {
  readonly media: MediaReader;
  readonly drawing: Drawing;
  close(): Promise<void>;
}

/** Pictures of a session with their annotations drawn on them. */
export async function openDrawing({ reader, stores }: Session): Promise<DrawingParts> {
  const media = createMediaReader({ catalog: reader, stores });
  const engine = await loadThumbnailEngine();
  return {
    media,
    drawing: createDrawing(engine),
    close: async () => {
      await engine.close();
      await media.clear();
    },
  };
}
