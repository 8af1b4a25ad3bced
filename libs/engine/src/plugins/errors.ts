import { DataVisError, type DataVisErrorOptions, type PluginFailure } from '@datavis/plugin-sdk';

export type PluginErrorCode =
  | 'DATAVIS_PLUGIN_NOT_FOUND'
  | 'DATAVIS_PLUGIN_IMPORT_FAILED'
  | 'DATAVIS_PLUGIN_INVALID'
  | 'DATAVIS_PLUGIN_UNSUPPORTED'
  | 'DATAVIS_PLUGIN_CONFIG'
  | 'DATAVIS_PLUGIN_CONFLICT'
  | 'DATAVIS_PLUGIN_CYCLE'
  | 'DATAVIS_PLUGIN_SETUP_FAILED'
  | 'DATAVIS_PLUGIN_HOOK_FAILED'
  | 'DATAVIS_PLUGIN_OUTPUT'
  | 'DATAVIS_PLUGIN_TIMEOUT'
  | 'DATAVIS_PLUGIN_MIGRATION'
  | 'DATAVIS_PLUGIN_SQL'
  | 'DATAVIS_PLUGIN_INPUT'
  | 'DATAVIS_PLUGIN_OPERATION'
  | 'DATAVIS_PLUGIN_FORMAT'
  | 'DATAVIS_PLUGIN_MEMORY';

export interface PluginErrorOptions extends DataVisErrorOptions {
  readonly plugin?: string | undefined;
  readonly hook?: string | undefined;
  readonly rows?: readonly [from: number, to: number] | undefined;
}

/** Everything that goes wrong with a plugin: names the plugin, and the hook and rows where there are some. */
export class PluginError extends DataVisError<PluginErrorCode> implements PluginFailure {
  override readonly name = 'PluginError';
  declare readonly plugin?: string;
  declare readonly hook?: string;
  declare readonly rows?: readonly [from: number, to: number];

  constructor(code: PluginErrorCode, message: string, options: PluginErrorOptions = {}) {
    super(code, message, options);
    if (options.plugin !== undefined) this.plugin = options.plugin;
    if (options.hook !== undefined) this.hook = options.hook;
    if (options.rows !== undefined) this.rows = options.rows;
  }
}

/** What an error says, whatever a plugin has thrown: also where it cannot be made a text. */
export function messageOf(error: unknown): string {
  try {
    return String(error instanceof Error ? error.message : error);
  } catch {
    return `something that cannot be shown (${typeof error})`;
  }
}
