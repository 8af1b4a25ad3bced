import { join } from 'node:path';
import type { PluginEntry, PluginSettings } from '@datavis/plugin-sdk';
import { PluginError } from '../errors.js';
import { suggestion } from '../features.js';
import type { LoadedPlugin } from '../loaded-plugin.js';
import { entriesOf } from '../entries.js';
import { normalisePlugin } from '../normalise.js';
import { findConfig, readConfig } from './config-file.js';
import { importAhead, importPlugin } from './resolve-plugin.js';
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
  /** Also those that are switched off. */
  readonly withDisabled?: boolean;
}

export interface LoadedPlugins {
  readonly configFile: string | undefined;
  readonly plugins: readonly LoadedPlugin[];
  /** Entries that could not be loaded, in the order of the config. Empty unless `keepGoing`. */
  readonly failures: readonly PluginError[];
  /** Names that are switched off by `plugins disable` or `enabled: false`. */
  readonly disabled: readonly string[];
  /** Names and paths as they are listed. */
  readonly specifiers: readonly string[];
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
  const { enabled, disabled: off } = readSwitches(switchesBeside(beside));
  const isOff = (name: string): boolean => options.withDisabled !== true && off.includes(name);
  const config = configFile === undefined ? {} : await readConfig(configFile);
  const wanted: Wanted[] = [
    ...entriesOf(config.plugins ?? []).map((entry) => ({ entry, from: beside })),
    ...enabled.map((entry) => ({ entry, from: beside })),
    ...(options.plugins ?? []).map((entry) => ({ entry, from: join(options.cwd, 'datavis.config.json') })),
  ];
  const notice = options.note ?? (() => undefined);
  const plugins: LoadedPlugin[] = [];
  const failures: PluginError[] = [];
  const disabled: string[] = [];
  for (const { entry, from } of wanted) if (typeof entry === 'string' && !isOff(entry)) importAhead(entry, from);
  for (const { entry, from } of wanted) {
    try {
      const loaded = await loadEntry(entry, from, { set: options.set ?? {}, isOff, notice });
      if (typeof loaded === 'string') disabled.push(loaded);
      else if (loaded !== undefined) plugins.push(loaded);
    } catch (error) {
      if (!keepGoing || !(error instanceof PluginError)) throw error;
      failures.push(error);
    }
  }
  if (failures.length === 0) checkSettings(options.set ?? {}, plugins);
  const specifiers = wanted.map(({ entry }) => listedAs(entry)).filter((name) => name !== undefined);
  return { configFile, plugins, failures, disabled, specifiers };
}

/** An option for nobody would be passed over in silence. */
function checkSettings(set: NonNullable<LoadPluginsOptions['set']>, plugins: readonly LoadedPlugin[]): void {
  const namespaces = plugins.map(({ namespace }) => namespace);
  const unknown = Object.keys(set).find((namespace) => !namespaces.includes(namespace));
  if (unknown === undefined) return;
  throw new PluginError('DATAVIS_PLUGIN_CONFIG', `no loaded plugin has the namespace "${unknown}"`, {
    hint: suggestion(unknown, namespaces),
  });
}

/** What the user wrote, where it is a name or a path. */
function listedAs(entry: PluginEntry): string | undefined {
  const named: unknown = Array.isArray(entry) ? entry[0] : entry;
  return typeof named === 'string' ? named : undefined;
}

interface EntryOptions {
  readonly set: NonNullable<LoadPluginsOptions['set']>;
  readonly isOff: (name: string) => boolean;
  readonly notice: (message: string) => void;
}

async function loadEntry(
  item: PluginEntry,
  from: string,
  { set, isOff, notice }: EntryOptions,
): Promise<LoadedPlugin | string | undefined> {
  if (item === false || item === null || item === undefined) return undefined;
  const [entry, settings] = (Array.isArray(item) ? item : [item, {}]) as [unknown, PluginSettings];
  const listed = typeof entry === 'string' ? entry : (entry as { name?: string }).name;
  if (settings.enabled === false || (listed !== undefined && isOff(listed))) return listed ?? 'a plugin';
  const imported = typeof entry === 'string' ? await importPlugin(entry, from, notice) : { entry, file: undefined };
  const loaded = await normalisePlugin(imported.entry, settings, imported.file, notice);
  if (isOff(loaded.name) || isOff(loaded.namespace)) return loaded.name;
  const overrides = set[loaded.namespace];
  if (overrides === undefined) return loaded;
  const options = { ...(loaded.config as object | undefined), ...overrides };
  return normalisePlugin(imported.entry, { ...settings, options }, imported.file, notice);
}
