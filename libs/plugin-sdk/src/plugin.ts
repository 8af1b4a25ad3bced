import type { ImporterContribution, Migration, Operation, StorageContribution } from './contributions.js';
import type { ColumnDeclarations, PluginTable, RewritableColumn } from './plugin-columns.js';
import type { PluginHooks } from './plugin-hooks.js';
import type { InferOutput, StandardSchema } from './standard-schema.js';

/** The breaking version of the plugin contract. Within one version it only grows. */
export const API_VERSION = 1;

/** What a throw in a transform hook does; a user may choose another policy. */
export type FailurePolicy =
  /** The import of the file fails (default), and nothing of it stays. */
  | 'abort'
  /** This plugin's columns are NULL for the batch; its drops and rewrites are undone. */
  | 'skip-batch'
  /** The plugin is off for the rest of the import, which is marked as degraded. */
  | 'disable';

/** What a plugin does beyond computing. Shown when it is enabled; declared, not enforced. */
export type Capability = 'network' | 'fs:read' | 'fs:write' | 'process' | 'native';

/** Everything a plugin may say. The rest is hooks: see {@link PluginHooks}. */
export interface PluginDefinition<
  S extends StandardSchema = StandardSchema,
  D extends ColumnDeclarations = ColumnDeclarations,
> extends PluginHooks<InferOutput<S>, D> {
  /** The npm package's name, or any unique name. */
  readonly name: string;
  /** Default `0.0.0`. */
  readonly version?: string;
  /** Lower case, digits, `_`. Default: the name without scope and `datavis-plugin-`, with `_` for `-`. */
  readonly namespace?: string;
  /** One sentence for users. */
  readonly description?: string;
  /** Schema of the options. */
  readonly config?: S;
  /** Columns this plugin adds, stored in its own schema `plg_<namespace>` under the row's key. */
  readonly columns?: D;
  /** Columns of other plugins (`namespace.column`) it reads. Their writers run first. */
  readonly reads?: { readonly [T in PluginTable]?: readonly `${string}.${string}`[] };
  /** Core columns it overwrites. Two plugins with one column are an error unless the user ranks them. */
  readonly rewrites?: { readonly [T in PluginTable]?: readonly RewritableColumn<T>[] };
  /** Runs before or after plugins without a preference, where the data flow does not decide. */
  readonly order?: 'pre' | 'post';
  /** Other plugins by name; a `?` at the end = may be absent. They are set up first. */
  readonly requires?: readonly string[];
  /** Keys it can do without on an older host. */
  readonly optional?: readonly string[];
  /** Steps of its own tables, in order. */
  readonly migrations?: readonly Migration[];
  /** URI schemes of places that it opens. */
  readonly storage?: readonly StorageContribution<InferOutput<S>>[];
  /** Other formats that it reads. */
  readonly importers?: readonly ImporterContribution<InferOutput<S>>[];
  /** Commands by name, of the command line and of the HTTP API. */
  readonly operations?: Readonly<Record<string, Operation<StandardSchema, unknown, InferOutput<S>>>>;
  /** What it does beyond computing: shown to users, not enforced. */
  readonly capabilities?: readonly Capability[];
  /** What a throw in a transform hook does. Default `abort`. */
  readonly onFailure?: FailurePolicy;
  /** For other plugins: `context.use(name)`. */
  readonly api?: unknown;
}

/** How a plugin is known: a text, so that plugins and hosts with different copies of this package agree. */
export interface Brand {
  readonly kind: 'plugin';
  readonly api: number;
  /** Version of this package the plugin was made with. */
  readonly sdk: string;
  /** Keys of the definition in use: what a host has to know. */
  readonly features: readonly string[];
}

/** What a config file takes. Opaque on purpose: no later version of the definition can break a config's types. */
export interface Plugin {
  readonly '~datavis': Brand;
  readonly name: string;
}

/** A plugin that takes options: `boxStats({ minArea: 4 })`. */
export interface PluginFactory<Options = unknown> extends Plugin {
  (options?: Options): Plugin;
}

/** True for a plugin of any copy of this package. */
export function isPlugin(value: unknown): value is Plugin {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false;
  if (!('~datavis' in value)) return false;
  const brand = value['~datavis'];
  return typeof brand === 'object' && brand !== null && 'kind' in brand && brand.kind === 'plugin';
}
