import type { Logger, ObjectStoreResolver, SqlDatabase } from '@datavis/plugin-sdk';
import { hostOf, type PluginHost } from './host.js';
import { loadPlugins, type LoadPluginsOptions } from './load/load-plugins.js';
import { registerSchemes, type SchemeRegistry } from './storage-schemes.js';
import { startWatchdog, type TaskThread } from './watchdog.js';

export interface OpenPluginHostDeps {
  /** May still be opening: the plugins are loaded meanwhile. */
  readonly database: SqlDatabase | Promise<SqlDatabase>;
  /** Gets the schemes that plugins offer. */
  readonly stores: ObjectStoreResolver & SchemeRegistry;
  readonly hostVersion: string;
  readonly log: Logger;
  /** Watches the plugins beside its own work. Default: a thread is started for it. */
  readonly thread?: TaskThread | undefined;
}

/**
 * The plugins that a config file and the user name, in a host that is watched: what every application does, so that a
 * plugin finds the same host in all of them. Closing the host ends the watchdog's thread.
 *
 * @throws PluginError `DATAVIS_PLUGIN_CONFIG`, `DATAVIS_PLUGIN_NOT_FOUND`, `DATAVIS_PLUGIN_IMPORT_FAILED`,
 * `DATAVIS_PLUGIN_INVALID`, `DATAVIS_PLUGIN_UNSUPPORTED`, `DATAVIS_PLUGIN_CONFLICT`, `DATAVIS_PLUGIN_CYCLE`.
 */
export async function openPluginHost(
  which: Omit<LoadPluginsOptions, 'note'>,
  { database, stores, hostVersion, log, thread }: OpenPluginHostDeps,
): Promise<PluginHost> {
  const note = (message: string): void => {
    // Plugins that do not run, where somebody may wait for what they do.
    log.warn(message);
  };
  const { plugins } = await loadPlugins({ ...which, note });
  // Without a plugin there is nothing to watch, and no thread is started.
  const watchdog = plugins.length === 0 ? undefined : startWatchdog({ thread });
  try {
    const host = hostOf(plugins, {
      database: await database,
      stores,
      hostVersion,
      log,
      ...(watchdog && { watchdog }),
    });
    registerSchemes(host, stores);
    return host;
  } catch (error) {
    await watchdog?.close();
    throw error;
  }
}
