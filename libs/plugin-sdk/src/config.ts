import type { FailurePolicy, Plugin } from './plugin.js';

/** How the user wants one plugin to be run. */
export interface PluginSettings {
  /** What the plugin's own schema (`config`) checks. */
  readonly options?: unknown;
  /** Default true. */
  readonly enabled?: boolean;
  /** Overrides the plugin's own policy. */
  readonly onFailure?: FailurePolicy;
  /** A failed `setup` ends the host instead of putting the plugin into quarantine. Default false. */
  readonly required?: boolean;
  /** Order among plugins that rewrite one column: lower runs first. */
  readonly rank?: number;
  /** Longest time one hook call may take before it counts as failed. Default: no limit. */
  readonly deadlineMs?: number;
}

/** A class made by `extends BasePlugin`. */
export type PluginClass = new (options?: unknown) => Plugin;
/** A package name, or a path relative to the config file. */
export type PluginSpecifier = string;

/** An item of `plugins`: a plugin, its package or path, or one of these with settings. `false`, `null` are passed over. */
export type PluginEntry =
  | Plugin
  | PluginClass
  | PluginSpecifier
  | readonly [plugin: Plugin | PluginClass | PluginSpecifier, settings: PluginSettings]
  | false
  | null
  | undefined;

/** What `datavis.config.*` exports by default. */
export interface DataVisConfig {
  readonly plugins?: readonly (PluginEntry | readonly PluginEntry[])[];
}

/** Types a config file. */
export function defineConfig(config: DataVisConfig): DataVisConfig {
  return config;
}
