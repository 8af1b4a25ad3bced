import { loadPlugins } from '@datavis/engine';
import type { LoadedPlugin, LoadedPlugins, LoadPluginsOptions } from '@datavis/engine';
import { parseSettings, type PluginOptions } from './options.js';

/** The plugins that a command's options name, without a database. */
export function load(
  { plugin = [], set, config }: PluginOptions,
  more: Pick<LoadPluginsOptions, 'withDisabled'> & { readonly keepGoing?: boolean } = {},
): Promise<LoadedPlugins> {
  const { keepGoing, ...rest } = more;
  const request = { cwd: process.cwd(), configFile: config, plugins: plugin, set: parseSettings(set), ...rest };
  return loadPlugins(request, keepGoing);
}

/** A plugin is asked for by its name or its namespace. */
export function isCalled(plugin: LoadedPlugin, name: string): boolean {
  return plugin.name === name || plugin.namespace === name;
}
