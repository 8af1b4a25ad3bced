import { hostOf, loadPlugins, registerSchemes, startWatchdog } from '@datavis/engine';
import type { PluginHost, SchemeRegistry } from '@datavis/engine';
import type { Logger, ObjectStoreResolver, SqlDatabase } from '@datavis/plugin-sdk';
import { packageVersion } from '../version.js';
import { parseSettings, type PluginOptions } from './options.js';

export interface OpenPluginsRequest {
  readonly options: PluginOptions;
  /** What is imported: no config inside it is run. */
  readonly datasetFolders?: readonly string[];
  readonly note: (message: string) => void;
}

/** Loads the plugins that the config and the options name, and makes a host of them. */
export async function openPlugins(
  database: SqlDatabase,
  stores: ObjectStoreResolver & SchemeRegistry,
  { options, datasetFolders = [], note }: OpenPluginsRequest,
): Promise<PluginHost | undefined> {
  if (!options.plugins) return undefined;
  const { plugins } = await loadPlugins({
    cwd: process.cwd(),
    configFile: options.config,
    plugins: options.plugin ?? [],
    set: parseSettings(options.set),
    datasetFolders,
    note,
  });
  if (plugins.length === 0) return undefined;
  const log: Logger = { debug() {}, info: note, warn: note, error: note };
  const host = hostOf(plugins, { database, stores, hostVersion: packageVersion(), log, watchdog: startWatchdog() });
  registerSchemes(host, stores);
  return host;
}
