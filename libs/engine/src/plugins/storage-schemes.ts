import type { CallOptions, ObjectStore } from '@datavis/plugin-sdk';
import { PluginError } from './errors.js';
import { callPlugin } from './guard.js';
import { guardStore, isOfThePort } from './guarded-store.js';
import type { PluginHost } from './host.js';

/** The part of the resolver of stores that plugins add schemes to. */
export interface SchemeRegistry {
  readonly schemes: readonly string[];
  register(scheme: string, opener: (uri: string, options?: CallOptions) => Promise<ObjectStore>): void;
}

/**
 * Registers the URI schemes of all plugins. A plugin is set up when the first store of its scheme is opened.
 *
 * @throws PluginError `DATAVIS_PLUGIN_CONFLICT` where two plugins, or a plugin and the host, have one scheme.
 */
export function registerSchemes(host: PluginHost, registry: SchemeRegistry): void {
  const owners = new Map(registry.schemes.map((scheme) => [scheme, 'DataVis itself']));
  for (const plugin of host.order.plugins) {
    for (const storage of plugin.definition.storage ?? []) {
      const owner = owners.get(storage.scheme);
      if (owner !== undefined) {
        throw new PluginError(
          'DATAVIS_PLUGIN_CONFLICT',
          `${plugin.name} and ${owner} both offer the scheme ${storage.scheme}://`,
          { plugin: plugin.name, hint: 'Disable one of them.' },
        );
      }
      owners.set(storage.scheme, plugin.name);
      registry.register(storage.scheme, async (uri, options) => {
        const context = await host.contextOf(plugin.name, options?.signal);
        const call = {
          plugin,
          hook: 'storage.open',
          code: 'DATAVIS_PLUGIN_HOOK_FAILED',
          signal: context.signal,
          passes: isOfThePort,
        } as const;
        const opened = await callPlugin(host.guard, call, () => storage.open(uri, context));
        return guardStore(host.guard, plugin, storage.scheme, opened);
      });
    }
  }
}
