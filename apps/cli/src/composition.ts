// The one place of the command line that knows the container. Imported only by commands that need an engine.
import 'reflect-metadata/lite';
import { createDrawing, createEngine, createMediaReader } from '@datavis/engine';
import type { Drawing, Engine, MediaReader, PluginHost, SourceReader } from '@datavis/engine';
import { createCocoWorker } from '@datavis/ingest-coco/worker';
import type { CocoWorker } from '@datavis/ingest-coco/worker';
import { DatabaseToken } from '@datavis/plugin-sdk';
import type { ObjectStoreResolver, Registrar, SqlDatabase, ThumbnailEngine } from '@datavis/plugin-sdk';
import type { CatalogReader, ObjectStoreRegistry } from '@datavis/storage';
import { CatalogToken, registerStorage, StoresToken } from '@datavis/storage/di';
import { openDuckDb } from '@datavis/storage/duckdb-node';
import { httpPolicyOf } from '@datavis/storage/stores';
import { createThumbnailer, loadThumbnailEngine } from '@datavis/thumbs';
import type { Thumbnailer } from '@datavis/thumbs';
import { createDiskCache } from '@datavis/thumbs/disk-cache';
import { container, instanceCachingFactory } from 'tsyringe';
import type { DependencyContainer } from 'tsyringe';
import type { OpenPluginsRequest } from './plugins/open-plugins.js';

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

export interface ReadingThread {
  readonly worker: CocoWorker;
  /** The worker, or what it has begun with. */
  readonly reader: SourceReader;
}

export interface SessionOptions {
  /** Bytes of DuckDB's buffers. */
  readonly memoryLimitBytes?: number | undefined;
  /** Where what importers of plugins read is kept. Default: no other format is imported. */
  readonly importsDir?: string | undefined;
  /** Default: no plugins. */
  readonly plugins?: OpenPluginsRequest | undefined;
  /** The thread that reads files, where it was started already; closed with the session. Default: started when needed. */
  readonly thread?: ReadingThread | undefined;
}

/** The container as libraries know one: each factory is called once. */
function registrarOf(child: DependencyContainer): Registrar {
  return {
    register: (name, factory) => {
      child.register(name, {
        useFactory: instanceCachingFactory((from) => factory({ resolve: (other) => from.resolve(other) })),
      });
    },
  };
}

/** Opens the database and puts the engine together. */
export async function openSession(path: string, options: SessionOptions = {}): Promise<Session> {
  let worker = options.thread?.worker;
  const closers: (() => Promise<void>)[] = [];
  let ended: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    for (const closer of closers.splice(0).reverse()) await closer();
    await ended;
  };
  try {
    // Plugins are loaded while the database opens. Its error is thrown where it is awaited.
    const opening = openDuckDb(path, options);
    opening.catch(() => undefined);
    closers.push(
      async () => (await opening.catch(() => undefined))?.close(),
      // Nothing is read any more, and no plugin watched: the thread ends while the database is closed.
      () => {
        ended = worker?.close();
        return Promise.resolve();
      },
    );
    const child = container.createChildContainer();
    // STORAGE_EMULATOR_HOST is what Google's own clients take for another endpoint.
    registerStorage(registrarOf(child), {
      gcs: { apiEndpoint: process.env['STORAGE_EMULATOR_HOST'] },
      http: httpPolicyOf(process.env['DATAVIS_ALLOW_HTTP_HOSTS']),
    });
    const stores = child.resolve<ObjectStoreRegistry>(StoresToken);
    let plugins: PluginHost | undefined;
    if (options.plugins !== undefined) {
      const { catchTheirErrors, openPlugins } = await import('./plugins/open-plugins.js');
      plugins = await openPlugins({ database: opening, stores, thread: worker }, options.plugins);
      const end = plugins && catchTheirErrors(plugins);
      closers.push(async () => {
        await plugins?.close();
        end?.();
      });
    }
    // What opens asynchronously is registered as it is.
    const database = await opening;
    child.registerInstance(DatabaseToken, database);
    let pictures: Promise<ThumbnailEngine> | undefined;
    closers.push(async () => (await pictures)?.close());
    const engine = await createEngine(
      {
        database,
        stores,
        plugins,
        reader: options.thread?.reader ?? {
          readCoco: (source, call) => (worker ??= createCocoWorker()).readCoco(source, call),
        },
        decoder: { decode: async (...call) => (await (pictures ??= loadThumbnailEngine())).decode(...call) },
      },
      { importsDir: options.importsDir },
    );
    return { engine, database, reader: child.resolve<CatalogReader>(CatalogToken), plugins, stores, close };
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
