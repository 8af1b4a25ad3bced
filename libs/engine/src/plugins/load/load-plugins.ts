import { join } from 'node:path';
import type { PluginEntry, PluginSettings } from '@datavis/plugin-sdk';
import { PluginError } from '../errors.js';
import type { LoadedPlugin } from '../loaded-plugin.js';
import { entriesOf } from '../entries.js';
import { normalisePlugin } from '../normalise.js';
import { findConfig, readConfig } from './config-file.js';
import { importPlugin } from './resolve-plugin.js';
import { readSwitches, switchesBeside } from './switches.js';

export interface LoadPluginsOptions {
  /** Folder the search for a config starts in, and that paths of `plugins` are relative to. */
  readonly cwd: string;
  /** This config file instead of a search. */
  readonly configFile?: string | undefined;
  /** Datasets being opened, by path or URI: no config inside them is run. */
  readonly datasetFolders?: readonly string[];
  /** Further plugins by name or path, after those of the config (`--plugin`). */
  readonly plugins?: readonly string[];
  /** Options by namespace, over those of the config (`--set namespace.key=value`). */
  readonly set?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly note?: (message: string) => void;
}

export interface LoadedPlugins {
  readonly configFile: string | undefined;
  readonly plugins: readonly LoadedPlugin[];
  /** Entries that could not be loaded, in the order of the config. Empty unless `keepGoing`. */
  readonly failures: readonly PluginError[];
  /** Names that are switched off by `plugins disable` or `enabled: false`. */
  readonly disabled: readonly string[];
}

interface Wanted {
  readonly entry: PluginEntry;
  readonly from: string;
}

/**
 * Plugins of the config file and of `plugins`, loaded and checked one by one. Nothing else is ever loaded: no search
 * through node_modules, no config from a dataset.
 *
 * @param keepGoing - Collects failures (`plugins doctor`) instead of throwing the first.
 */
export async function loadPlugins(options: LoadPluginsOptions, keepGoing = false): Promise<LoadedPlugins> {
  const configFile = options.configFile ?? findConfig(options);
  const beside = configFile ?? join(options.cwd, 'datavis.config.json');
  const switches = readSwitches(switchesBeside(beside));
  const config = configFile === undefined ? {} : await readConfig(configFile);
  const wanted: Wanted[] = [
    ...entriesOf(config.plugins ?? []).map((entry) => ({ entry, from: beside })),
    ...switches.enabled.map((entry) => ({ entry, from: beside })),
    ...(options.plugins ?? []).map((entry) => ({ entry, from: join(options.cwd, 'datavis.config.json') })),
  ];
  const plugins: LoadedPlugin[] = [];
  const failures: PluginError[] = [];
  const disabled: string[] = [];
  for (const { entry, from } of wanted) {
    try {
      const loaded = await loadEntry(entry, from, options.set ?? {}, switches.disabled);
      if (typeof loaded === 'string') disabled.push(loaded);
      else if (loaded !== undefined) plugins.push(loaded);
    } catch (error) {
      if (!keepGoing || !(error instanceof PluginError)) throw error;
      failures.push(error);
    }
  }
  return { configFile, plugins, failures, disabled };
}

async function loadEntry(
  item: PluginEntry,
  from: string,
  set: NonNullable<LoadPluginsOptions['set']>,
  off: readonly string[],
): Promise<LoadedPlugin | string | undefined> {
  if (item === false || item === null || item === undefined) return undefined;
  const [entry, settings] = (Array.isArray(item) ? item : [item, {}]) as [unknown, PluginSettings];
  const listed = typeof entry === 'string' ? entry : (entry as { name?: string }).name;
  if (settings.enabled === false || (listed !== undefined && off.includes(listed))) return listed ?? 'a plugin';
  const imported = typeof entry === 'string' ? await importPlugin(entry, from) : { entry, file: undefined };
  const loaded = await normalisePlugin(imported.entry, settings, imported.file);
  if (off.includes(loaded.name) || off.includes(loaded.namespace)) return loaded.name;
  const overrides = set[loaded.namespace];
  if (overrides === undefined) return loaded;
  const options = { ...(loaded.config as object | undefined), ...overrides };
  return normalisePlugin(imported.entry, { ...settings, options }, imported.file);
}
