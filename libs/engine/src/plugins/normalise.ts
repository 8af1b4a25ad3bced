import { createHash } from 'node:crypto';
import {
  isPlugin,
  type Brand,
  type Plugin,
  type PluginDefinition,
  type PluginSettings,
  type SchemaIssue,
} from '@datavis/plugin-sdk';
import { PROMOTED_NAMESPACE } from '@datavis/storage';
import { checkDefinition } from './check-definition.js';
import { messageOf, PluginError } from './errors.js';
import { didYouMean, KNOWN_FEATURES, RESERVED_FEATURES, SUPPORTED_APIS } from './features.js';
import type { LoadedPlugin } from './loaded-plugin.js';

const NAMESPACE = /^[a-z][a-z0-9_]{0,39}$/;

function invalid(name: string, message: string): PluginError {
  return new PluginError('DATAVIS_PLUGIN_INVALID', `${name}: ${message}`, { plugin: name });
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

/** Compares what the plugin uses with what this host has. Before anything of the plugin runs. */
export function negotiate(name: string, brand: Brand, optional: readonly string[] = []): void {
  if (!SUPPORTED_APIS.includes(brand.api)) {
    throw new PluginError(
      'DATAVIS_PLUGIN_UNSUPPORTED',
      `${name} is made for plugin API ${brand.api}; this host runs API ${SUPPORTED_APIS.join(', ')}`,
      {
        plugin: name,
        hint: brand.api > Math.max(...SUPPORTED_APIS) ? 'Update DataVis.' : `Install a newer version of ${name}.`,
      },
    );
  }
  for (const feature of brand.features) {
    if (KNOWN_FEATURES.has(feature) || optional.includes(feature)) continue;
    const isHook = /^on[A-Z]/.test(feature);
    if (RESERVED_FEATURES.has(feature)) {
      throw new PluginError('DATAVIS_PLUGIN_UNSUPPORTED', `${name} uses "${feature}", which needs a newer host`, {
        plugin: name,
        hint: `Update DataVis, or list "${feature}" in the plugin's optional.`,
      });
    }
    const close = didYouMean(feature, KNOWN_FEATURES);
    // A class may have helpers of any name; only what looks like a hook, or nearly is a key, is a mistake.
    if (!isHook && close === undefined) continue;
    throw new PluginError('DATAVIS_PLUGIN_UNSUPPORTED', `${name} has "${feature}", which this host does not know`, {
      plugin: name,
      hint: close === undefined ? 'Update DataVis.' : `Did you mean "${close}"?`,
    });
  }
}

function pathOf(issue: SchemaIssue): string {
  const keys = (issue.path ?? []).map((part) => String(typeof part === 'object' ? part.key : part));
  return keys.length === 0 ? '' : `${keys.join('.')}: `;
}

/** Values by a Standard Schema; issues become one error with their paths. */
export async function parseWith(
  schema: PluginDefinition['config'],
  value: unknown,
  fail: (issues: string) => PluginError,
): Promise<unknown> {
  if (schema === undefined) return value;
  const result = await schema['~standard'].validate(value);
  if (result.issues === undefined) return result.value;
  throw fail(result.issues.map((issue) => pathOf(issue) + issue.message).join('; '));
}

/** What `definePlugin` keeps beside the brand, or the options of a class instance. */
interface HeldPlugin {
  readonly '~definition'?: PluginDefinition;
  readonly '~options'?: unknown;
  readonly options?: unknown;
}

/** Everything the host must know of one plugin, checked. */
export async function normalisePlugin(
  entry: unknown,
  settings: PluginSettings = {},
  origin?: string,
): Promise<LoadedPlugin> {
  const plugin = toPlugin(entry, settings.options, origin ?? 'an entry of plugins');
  const { name } = plugin;
  if (typeof name !== 'string' || name === '') throw invalid(origin ?? 'a plugin', 'it has no name');
  const held = plugin as Plugin & HeldPlugin;
  const definition: PluginDefinition = held['~definition'] ?? plugin;
  negotiate(name, plugin['~datavis'], definition.optional);
  const namespace = definition.namespace ?? defaultNamespace(name);
  if (!NAMESPACE.test(namespace)) {
    throw invalid(name, `"${namespace}" is no namespace (a lower-case letter, then lower case, digits, _)`);
  }
  if (namespace === PROMOTED_NAMESPACE) {
    throw invalid(name, `the namespace "${namespace}" is taken by fields of records that were made columns`);
  }
  const options = settings.options ?? held['~options'] ?? held.options ?? {};
  const config = await parseWith(
    definition.config,
    options,
    (issues) => new PluginError('DATAVIS_PLUGIN_CONFIG', `${name}: ${issues}`, { plugin: name }),
  );
  const loaded: LoadedPlugin = {
    name,
    namespace,
    version: definition.version ?? '0.0.0',
    features: plugin['~datavis'].features,
    definition,
    config,
    configHash: createHash('sha256')
      .update(JSON.stringify(config ?? null))
      .digest('hex'),
    policy: settings.onFailure ?? definition.onFailure ?? 'abort',
    required: settings.required ?? false,
    rank: settings.rank,
    deadlineMs: settings.deadlineMs,
    origin,
  };
  checkDefinition(loaded);
  return loaded;
}
