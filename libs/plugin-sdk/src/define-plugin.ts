import { brandOf } from './brand.js';
import type { ColumnDeclarations, NoColumns } from './plugin-columns.js';
import type { Plugin, PluginDefinition, PluginFactory } from './plugin.js';
import type { InferInput, StandardSchema } from './standard-schema.js';

/**
 * Makes a plugin. The result can be used as it is, or called with options.
 *
 * @example
 * ```ts
 * import { definePlugin } from '@datavis/plugin-sdk';
 *
 * export const boxArea = definePlugin({
 *   name: 'box-area',
 *   columns: { annotations: { area_px: { type: 'f32', unit: 'px²' } } },
 *   onAnnotations(batch) {
 *     const width = batch.column('bbox_w');
 *     const height = batch.column('bbox_h');
 *     const area = batch.output('area_px');
 *     for (let row = 0; row < batch.length; row++) area[row] = width[row]! * height[row]!;
 *   },
 * });
 * ```
 */
export function definePlugin<
  S extends StandardSchema = StandardSchema,
  const D extends ColumnDeclarations = NoColumns,
>(definition: PluginDefinition<S, D>): PluginFactory<InferInput<S>> {
  const brand = brandOf(definition);
  const marks = { '~datavis': brand, '~definition': definition, name: definition.name };
  const factory = (options?: InferInput<S>): Plugin => ({ ...marks, '~options': options }) as Plugin;
  return Object.defineProperties(factory, {
    name: { value: definition.name },
    '~datavis': { value: brand },
    '~definition': { value: definition },
  }) as typeof factory & Plugin;
}
