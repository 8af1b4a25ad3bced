import { openPluginHost } from '@datavis/engine';
import type { PluginHost } from '@datavis/engine';
import type { SqlDatabase, ThumbnailEngine } from '@datavis/plugin-sdk';
import type { ObjectStoreRegistry } from '@datavis/storage';
import { loadThumbnailEngine } from '@datavis/thumbs';
import type { FastifyBaseLogger } from 'fastify';
import type { ApiConfig } from './config.js';
import { packageVersion } from './package-version.js';

export function openPictureEngine(log: FastifyBaseLogger): Promise<ThumbnailEngine> {
  return loadThumbnailEngine({
    onFallback: (reason) => {
      log.warn({ err: reason }, 'sharp does not load: pictures are made by the portable engine, which is slower');
    },
  });
}

export interface PluginParts {
  readonly database: SqlDatabase;
  readonly stores: ObjectStoreRegistry;
  readonly log: FastifyBaseLogger;
}

/**
 * The same plugins as those of the command line: the config is searched from the working directory upward. Datasets lie
 * below the roots, so no config there is run.
 */
export function openPlugins(
  { database, stores, log }: PluginParts,
  { configFile, api: { roots = [] } }: Pick<ApiConfig, 'configFile' | 'api'>,
): Promise<PluginHost> {
  const line =
    (level: 'debug' | 'info' | 'warn' | 'error') =>
    (message: string, data?: object): void => {
      log[level](data ?? {}, message);
    };
  return openPluginHost(
    { cwd: process.cwd(), configFile, datasetFolders: roots },
    {
      database,
      stores,
      hostVersion: packageVersion(),
      log: { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') },
    },
  );
}
