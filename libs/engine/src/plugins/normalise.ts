import { isPlugin, type Brand, type Plugin, type PluginDefinition, type PluginSettings } from '@datavis/plugin-sdk';
import { PROMOTED_NAMESPACE } from '@datavis/storage';
import { checkDefinition } from './check-definition.js';
import { checkShape } from './definition-shape.js';
import { messageOf, PluginError } from './errors.js';
import type { LoadedPlugin } from './loaded-plugin.js';
import { negotiate } from './negotiate.js';
import { checkSettings, hashOfConfig, parseWith, uncheckedOptions } from './options.js';

const NAMESPACE = /^[a-z][a-z0-9_]{0,39}$/;

function invalid(name: string, message: string, hint?: string): PluginError {
  return new PluginError('DATAVIS_PLUGIN_INVALID', `${name}: ${message}`, {
    plugin: name,
    ...(hint !== undefined && { hint }),
  });
}

export function defaultNamespace(name: string): string {
  return name
    .replace(/^@[^/]*\//, '')
    .replace(/^datavis-plugin-/, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_');
}

/** A plugin object from what a config lists: an object, a factory, a class, or an instance of one. */
export function toPlugin(value: unknown, options: unknown, where: string): Plugin {
  if (typeof value === 'function' && isPlugin((value as { prototype?: unknown }).prototype ?? null)) {
    const PluginClass = value as new (options?: unknown) => Plugin;
    try {
      return new PluginClass(options);
    } catch (error) {
      throw new PluginError('DATAVIS_PLUGIN_INVALID', `${where}: the constructor failed: ${messageOf(error)}`, {
        cause: error,
      });
    }
  }
  if (!isPlugin(value)) {
    throw new PluginError('DATAVIS_PLUGIN_INVALID', `${where} is no plugin`, {
      hint: 'Export what definePlugin returns, or a class that extends BasePlugin.',
    });
  }
  if (typeof value === 'function' && options !== undefined) {
    return (value as unknown as (options: unknown) => Plugin)(options);
  }
  return value;
}

/** What `definePlugin` keeps beside the brand, or the options of a class instance. */
interface HeldPlugin {
  readonly '~definition'?: PluginDefinition;
  readonly '~options'?: unknown;
  readonly options?: unknown;
}

/**
 * Everything the host must know of one plugin, checked.
 *
 * @param notice - Hears of options whose check takes long.
 * @throws PluginError `DATAVIS_PLUGIN_INVALID`, `DATAVIS_PLUGIN_UNSUPPORTED`, `DATAVIS_PLUGIN_CONFIG`
 */
export async function normalisePlugin(
  entry: unknown,
  settings: PluginSettings = {},
  origin?: string,
  notice: (message: string) => void = () => undefined,
): Promise<LoadedPlugin> {
  const where = origin ?? 'an entry of plugins';
  try {
    return await normalise(toPlugin(entry, settings.options, where), settings, { where, origin, notice });
  } catch (error) {
    if (error instanceof PluginError) throw error;
    // A getter, or a proxy: reading a plugin runs code of it.
    throw new PluginError('DATAVIS_PLUGIN_INVALID', `${where} failed while it was read: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

interface Reading {
  readonly where: string;
  readonly origin: string | undefined;
  readonly notice: (message: string) => void;
}

async function normalise(
  plugin: Plugin,
  settings: PluginSettings,
  { where, origin, notice }: Reading,
): Promise<LoadedPlugin> {
  const { name } = plugin;
  if (typeof name !== 'string' || name === '') throw invalid(where, 'it has no name');
  checkSettings(name, settings);
  const held = plugin as Plugin & HeldPlugin;
  const definition: PluginDefinition = held['~definition'] ?? plugin;
  const brand = brandOf(name, plugin);
  const canDoWithout: unknown = definition.optional;
  negotiate(name, brand, Array.isArray(canDoWithout) ? (canDoWithout as string[]) : []);
  checkShape(definition, (message, hint) => {
    throw invalid(name, message, hint);
  });
  const namespace = definition.namespace ?? defaultNamespace(name);
  if (!NAMESPACE.test(namespace)) {
    throw invalid(name, `"${namespace}" is no namespace (a lower-case letter, then lower case, digits, _)`);
  }
  if (namespace === PROMOTED_NAMESPACE) {
    throw invalid(name, `the namespace "${namespace}" is taken by fields of records that were made columns`);
  }
  const options = settings.options ?? held['~options'] ?? held.options ?? {};
  const config = await configOf(name, definition.config, options, notice);
  const loaded: LoadedPlugin = {
    name,
    namespace,
    version: definition.version ?? '0.0.0',
    features: brand.features,
    definition,
    config,
    configHash: hashOfConfig(name, config),
    policy: settings.onFailure ?? definition.onFailure ?? 'abort',
    required: settings.required ?? false,
    rank: settings.rank,
    deadlineMs: settings.deadlineMs,
    origin,
    warnings: uncheckedOptions(name, definition, options),
  };
  checkDefinition(loaded);
  return loaded;
}

/** A brand may be written by hand: the kind alone makes a plugin of an object. */
function brandOf(name: string, plugin: Plugin): Brand {
  const brand = plugin['~datavis'];
  const { api, features } = brand as { readonly api?: unknown; readonly features?: unknown };
  if (typeof api === 'number' && Array.isArray(features) && features.every((one) => typeof one === 'string')) {
    return brand;
  }
  throw invalid(name, 'its brand has no number "api", or no list "features"', 'Make it by definePlugin.');
}

function configOf(
  name: string,
  schema: PluginDefinition['config'],
  options: unknown,
  notice: (message: string) => void,
): Promise<unknown> {
  if (schema === undefined) return Promise.resolve(options);
  return parseWith(schema, options, {
    plugin: name,
    what: 'the schema of its options',
    code: 'DATAVIS_PLUGIN_INVALID',
    refused: (issues) => new PluginError('DATAVIS_PLUGIN_CONFIG', `${name}: ${issues}`, { plugin: name }),
    notice,
  });
}
