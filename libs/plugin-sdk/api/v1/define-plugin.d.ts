import type { ColumnDeclarations, NoColumns } from './plugin-columns.js';
import type { PluginDefinition, PluginFactory } from './plugin.js';
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
export declare function definePlugin<S extends StandardSchema = StandardSchema, const D extends ColumnDeclarations = NoColumns>(definition: PluginDefinition<S, D>): PluginFactory<InferInput<S>>;
