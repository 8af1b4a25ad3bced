import type { Brand } from '@datavis/plugin-sdk';
import { PluginError } from './errors.js';
import { didYouMean, KNOWN_FEATURES, RESERVED_FEATURES, SUPPORTED_APIS } from './features.js';

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
