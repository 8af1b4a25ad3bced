import 'reflect-metadata/lite';
import { createEngine, openPluginHost } from '@datavis/engine';
import type { Engine, PluginHost } from '@datavis/engine';
import { createCocoWorker } from '@datavis/ingest-coco/worker';
import type { CocoWorker } from '@datavis/ingest-coco/worker';
import { token } from '@datavis/plugin-sdk';
import type { SqlDatabase, ThumbnailEngine, Token } from '@datavis/plugin-sdk';
import type { ObjectStoreRegistry } from '@datavis/storage';
import { announceServer, openDuckDb } from '@datavis/storage/duckdb-node';
import { createStores } from '@datavis/storage/stores';
import { createThumbnailer, loadThumbnailEngine } from '@datavis/thumbs';
import type { Thumbnailer } from '@datavis/thumbs';
import { createDiskCache } from '@datavis/thumbs/disk-cache';
import type { FastifyBaseLogger } from 'fastify';
import { pino } from 'pino';
import { container as rootContainer, instanceCachingFactory } from 'tsyringe';
import type { DependencyContainer } from 'tsyringe';
import { createApiEngine } from './api-engine.js';
import type { ApiConfig } from './config.js';
import { createApi } from './server.js';
import type { ApiServer } from './server.js';

const Log: Token<FastifyBaseLogger> = token('@datavis/api/Log');
const Database: Token<SqlDatabase> = token('@datavis/plugin-sdk/SqlDatabase');
const Stores: Token<ObjectStoreRegistry> = token('@datavis/plugin-sdk/ObjectStoreResolver');
const Plugins: Token<PluginHost> = token('@datavis/engine/PluginHost');
const EngineToken: Token<Engine> = token('@datavis/engine/Engine');
const PictureEngine: Token<ThumbnailEngine> = token('@datavis/plugin-sdk/ThumbnailEngine');
const Thumbnails: Token<Thumbnailer> = token('@datavis/thumbs/Thumbnailer');

export interface Application {
  readonly server: ApiServer;
  /** Starts to listen, and lets other processes that want the database know where. Resolves to the base URL. */
  listen(): Promise<string>;
  readonly log: FastifyBaseLogger;
  /** Ends what was opened, the last first. */
  close(): Promise<void>;
}

/** Opens everything a server process needs. What fails on the way closes what was open. */
export async function compose(config: ApiConfig): Promise<Application> {
  const container = rootContainer.createChildContainer();
  const closers: (() => Promise<unknown>)[] = [];
  const close = async (): Promise<void> => {
    for (const closer of closers.splice(0).reverse()) await closer();
    container.clearInstances();
  };
  try {
    const log = pino({
      level: config.logLevel,
      redact: ['*.authorization', '*.cookie', '*.token'],
    }) as FastifyBaseLogger;
    const database = await openDuckDb(config.database, { memoryLimitBytes: config.memoryLimitBytes });
    closers.push(() => database.close());
    container.register(Log, { useValue: log });
    container.register(Database, { useValue: database });
    container.register(PictureEngine, { useValue: await openPictureEngine(log) });
    registerParts(container, config);

    const plugins = await openPlugins(container, config);
    container.register(Plugins, { useValue: plugins });
    closers.push(() => plugins.close());
    let worker: CocoWorker | undefined;
    closers.push(async () => worker?.close());
    const engine = await createEngine({
      database,
      stores: container.resolve(Stores),
      plugins,
      // The thread starts with the first file that is read.
      reader: { readCoco: (source, call) => (worker ??= createCocoWorker()).readCoco(source, call) },
      decoder: container.resolve(PictureEngine),
    });
    container.register(EngineToken, { useValue: engine });
    closers.push(() => container.resolve<Thumbnailer>(Thumbnails).close());

    const apiEngine = createApiEngine({
      engine: container.resolve(EngineToken),
      database: container.resolve(Database),
      stores: container.resolve(Stores),
      thumbnails: container.resolve(Thumbnails),
      thumbnailEngine: container.resolve(PictureEngine),
      plugins: container.resolve(Plugins),
      snapshotDir: config.snapshotDir,
    });
    closers.push(() => apiEngine.media.clear());
    const server = await createApi(apiEngine, { ...config.api, logger: log });
    closers.push(() => server.close());
    const listen = async (): Promise<string> => {
      const url = await server.listen();
      announceServer(config.database, url);
      return url;
    };
    return { server, listen, log, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function registerParts(
  container: DependencyContainer,
  { database, cacheDir, cacheMaxBytes, originalsMaxBytes, thumbnailMemoryBytes, gcsEndpoint }: ApiConfig,
): void {
  container.register(Stores, {
    useFactory: instanceCachingFactory((parts) => {
      const log = parts.resolve<FastifyBaseLogger>(Log);
      const onProblem = (error: Error): void => {
        log.warn({ err: error }, 'cache of originals');
      };
      const originals = { dir: `${database}.originals`, maxBytes: originalsMaxBytes, onProblem };
      return createStores({
        gcs: { apiEndpoint: gcsEndpoint },
        ...(originalsMaxBytes > 0 && { cache: originals }),
      });
    }),
  });
  container.register(Thumbnails, {
    useFactory: instanceCachingFactory((parts) => {
      const log = parts.resolve<FastifyBaseLogger>(Log);
      const onProblem = (error: Error): void => {
        log.warn({ err: error }, 'thumbnail cache');
      };
      return createThumbnailer(
        {
          engine: parts.resolve<ThumbnailEngine>(PictureEngine),
          cache: createDiskCache({ dir: cacheDir, maxBytes: cacheMaxBytes, onProblem }),
        },
        // A budget of nothing keeps nothing: every picture is larger than a byte.
        { maxMemoryBytes: Math.max(1, thumbnailMemoryBytes) },
      );
    }),
  });
}

function openPictureEngine(log: FastifyBaseLogger): Promise<ThumbnailEngine> {
  return loadThumbnailEngine({
    onFallback: (reason) => {
      log.warn({ err: reason }, 'sharp does not load: pictures are made by the portable engine, which is slower');
    },
  });
}

/** The same plugins as those of the command line: the config is searched from the working directory upward. */
function openPlugins(container: DependencyContainer, config: ApiConfig): Promise<PluginHost> {
  const pinoLog = container.resolve<FastifyBaseLogger>(Log);
  const line =
    (level: 'debug' | 'info' | 'warn' | 'error') =>
    (message: string, data?: object): void => {
      pinoLog[level](data ?? {}, message);
    };
  return openPluginHost(
    { cwd: process.cwd(), configFile: config.configFile },
    {
      database: container.resolve(Database),
      stores: container.resolve(Stores),
      hostVersion: '0.1.0',
      log: { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') },
    },
  );
}
