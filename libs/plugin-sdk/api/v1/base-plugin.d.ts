import type { ColumnDeclarations } from './plugin-columns.js';
import type { HookName, PluginHooks } from './plugin-hooks.js';
import type { Brand, PluginDefinition } from './plugin.js';
import type { StandardSchema } from './standard-schema.js';
/**
 * A plugin as a class: the same keys and method names as {@link definePlugin}. Nothing has a default body, so the host
 * sees which hooks a class has. List the class itself or an instance in the config.
 *
 * @example
 * ```ts
 * import { BasePlugin, type Batch } from '@datavis/plugin-sdk';
 *
 * export class DropTiny extends BasePlugin {
 *   override readonly name = 'drop-tiny';
 *
 *   override onAnnotations(batch: Batch<'annotations'>): void {
 *     const width = batch.column('bbox_w');
 *     for (let row = 0; row < batch.length; row++) if (width[row]! < 1) batch.drop(row, 'tiny');
 *   }
 * }
 * ```
 */
export declare abstract class BasePlugin<Config = unknown, D extends ColumnDeclarations = ColumnDeclarations> {
    abstract readonly name: string;
    /** As the user wrote them; the host checks them by `config` and passes the result to hooks. */
    readonly options: unknown;
    constructor(options?: unknown);
    get '~datavis'(): Brand;
}
export interface BasePlugin<Config = unknown, D extends ColumnDeclarations = ColumnDeclarations> extends PluginHooks<Config, D>, Omit<PluginDefinition<StandardSchema<unknown, Config>, D>, 'name' | HookName> {
}
