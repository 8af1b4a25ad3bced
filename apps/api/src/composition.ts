import 'reflect-metadata/lite';
import { availableParallelism } from 'node:os';
import { catchStrays, createEngine } from '@datavis/engine';
import type { Engine, PluginHost } from '@datavis/engine';
import { createCocoWorker } from '@datavis/ingest-coco/worker';
import type { CocoWorker } from '@datavis/ingest-coco/worker';
import { DatabaseToken, ThumbnailEngineToken, token } from '@datavis/plugin-sdk';
import type { Registrar, SqlDatabase, ThumbnailEngine, Token } from '@datavis/plugin-sdk';
import type { ObjectStoreRegistry } from '@datavis/storage';
import { registerStorage, StoresToken } from '@datavis/storage/di';
import { announceServer, openDuckDb } from '@datavis/storage/duckdb-node';
import { httpPolicyOf } from '@datavis/storage/stores';
import type { Thumbnailer } from '@datavis/thumbs';
import { registerThumbs, ThumbnailerToken } from '@datavis/thumbs/di';
import type { FastifyBaseLogger } from 'fastify';
import { pino, type DestinationStream } from 'pino';
import { container as rootContainer, instanceCachingFactory } from 'tsyringe';
import type { DependencyContainer } from 'tsyringe';
import { createApiEngine } from './api-engine.js';
import type { ApiConfig } from './config.js';
import { keepTickShape } from './keep-tick-shape.js';
import { openPictureEngine, openPlugins } from './open-parts.js';
import { createApi } from './server.js';
import type { ApiServer } from './server.js';

const Plugins: Token<PluginHost> = token('@datavis/engine/PluginHost');
const EngineToken: Token<Engine> = token('@datavis/engine/Engine');

export interface Application {
  readonly server: ApiServer;
  /** Starts to listen, and lets other processes that want the database know where. Resolves to the base URL. */
  listen(): Promise<string>;
  readonly log: FastifyBaseLogger;
  /**
   * Keeps the process alive when a plugin throws where no call awaits it. For the program that owns the process: other
   * errors that nobody has caught are logged, and end it.
   */
  catchErrors(process: NodeJS.Process): void;
  /** Ends what was opened, the last first. */
  close(): Promise<void>;
}

/**
 * Opens everything a server process needs. What fails on the way closes what was open.
 *
 * @param logTo - Where the lines of the log go. Default: standard output.
 */
export async function compose(config: ApiConfig, logTo?: DestinationStream): Promise<Application> {
  keepTickShape();
  const container = rootContainer.createChildContainer();
  const closers: (() => Promise<unknown>)[] = [];
  const close = async (): Promise<void> => {
    for (const closer of closers.splice(0).reverse()) await closer();
    container.clearInstances();
  };
  try {
    const log = pino(
      { level: config.logLevel, redact: ['*.authorization', '*.cookie', '*.token'] },
      logTo ?? pino.destination(1),
    ) as FastifyBaseLogger;
    const database = await openDuckDb(config.database, {
      memoryLimitBytes: config.memoryLimitBytes,
      // Requests run beside each other, each in a thread of its own besides these; with a thread a core, those of one
      // query mostly wait for each other.
      threads: config.threads ?? Math.max(1, Math.floor(availableParallelism() / 2)),
    });
    closers.push(() => database.close());
    container.register(DatabaseToken, { useValue: database });
    container.register(ThumbnailEngineToken, { useValue: await openPictureEngine(log) });
    registerParts(container, log, config);

    const plugins = await openPlugins(
      { database, stores: container.resolve<ObjectStoreRegistry>(StoresToken), log },
      config,
    );
    container.register(Plugins, { useValue: plugins });
    closers.push(() => plugins.close());
    let worker: CocoWorker | undefined;
    closers.push(async () => worker?.close());
    const engine = await createEngine(
      {
        database,
        stores: container.resolve<ObjectStoreRegistry>(StoresToken),
        plugins,
        // The thread starts with the first file that is read.
        reader: { readCoco: (source, call) => (worker ??= createCocoWorker()).readCoco(source, call) },
        decoder: container.resolve<ThumbnailEngine>(ThumbnailEngineToken),
      },
      { importsDir: `${config.database}.imports` },
    );
    container.register(EngineToken, { useValue: engine });
    closers.push(() => container.resolve<Thumbnailer>(ThumbnailerToken).close());

    const apiEngine = createApiEngine({
      engine: container.resolve(EngineToken),
      database: container.resolve<SqlDatabase>(DatabaseToken),
      stores: container.resolve<ObjectStoreRegistry>(StoresToken),
      thumbnails: container.resolve<Thumbnailer>(ThumbnailerToken),
      thumbnailEngine: container.resolve<ThumbnailEngine>(ThumbnailEngineToken),
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
    const catchErrors = (owned: NodeJS.Process): void => {
      const end = catchStrays(plugins, owned, (error) => {
        log.fatal({ err: error }, 'an error that nobody has caught ends the process');
        owned.exit(1);
      });
      closers.unshift(async () => {
        end();
        await Promise.resolve();
      });
    };
    return { server, listen, log, catchErrors, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function registerParts(
  container: DependencyContainer,
  log: FastifyBaseLogger,
  { database, cacheDir, cacheMaxBytes, originalsMaxBytes, thumbnailMemoryBytes, gcsEndpoint, httpHosts }: ApiConfig,
): void {
  const onProblem =
    (what: string) =>
    (error: Error): void => {
      log.warn({ err: error }, what);
    };
  const originals = {
    dir: `${database}.originals`,
    maxBytes: originalsMaxBytes,
    onProblem: onProblem('cache of originals'),
  };
  const registrar = registrarOf(container);
  registerStorage(registrar, {
    gcs: { apiEndpoint: gcsEndpoint },
    http: httpPolicyOf(httpHosts),
    ...(originalsMaxBytes > 0 && { cache: originals }),
  });
  registerThumbs(registrar, {
    cache: { dir: cacheDir, maxBytes: cacheMaxBytes, onProblem: onProblem('thumbnail cache') },
    // A budget of nothing keeps nothing: every picture is larger than a byte.
    maxMemoryBytes: Math.max(1, thumbnailMemoryBytes),
  });
}

/** The container as libraries know one: each factory is called once. */
function registrarOf(container: DependencyContainer): Registrar {
  return {
    register: (name, factory) => {
      container.register(name, {
        useFactory: instanceCachingFactory((from) => factory({ resolve: (other) => from.resolve(other) })),
      });
    },
  };
}
