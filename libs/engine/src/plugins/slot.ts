import type { Disposer, PluginContext, SqlDatabase } from '@datavis/plugin-sdk';
import { messageOf, PluginError } from './errors.js';
import { callPlugin, type GuardDeps } from './guard.js';
import type { LoadedPlugin } from './loaded-plugin.js';
import { SETUP_DEADLINE_MS } from './patience.js';
import { SchemaDb } from './plugin-db.js';
import { shown } from './shape.js';
import { migrate } from './tables.js';

/** What it was meant to undo would be left behind in silence. */
function noDisposer(plugin: string, returned: unknown): PluginError {
  return new PluginError('DATAVIS_PLUGIN_OUTPUT', `${plugin}.setup returned ${shown(returned)}`, {
    plugin,
    hook: 'setup',
    hint: 'Return a function that undoes what setup did, or nothing.',
  });
}

/** A plugin in a host: its state, from loaded to closed. */
export class Slot {
  readonly plugin: LoadedPlugin;
  readonly db: SchemaDb;
  state: 'idle' | 'ready' | 'quarantined' = 'idle';
  error: PluginError | undefined;
  #dispose: Disposer | undefined;

  constructor(plugin: LoadedPlugin, database: SqlDatabase) {
    this.plugin = plugin;
    this.db = new SchemaDb(plugin, database);
  }

  /** Migrations, then `setup`. A plugin that fails is put into quarantine, unless it is required. */
  async setUp(
    parts: {
      readonly guard: GuardDeps;
      readonly database: SqlDatabase;
      readonly now: Date;
      readonly hasTables: boolean;
    },
    missing: string | undefined,
    context: PluginContext,
  ): Promise<void> {
    const { plugin } = this;
    const { name, deadlineMs = SETUP_DEADLINE_MS } = plugin;
    try {
      if (missing !== undefined) {
        const message = `${name}: ${missing} is not ready`;
        throw new PluginError('DATAVIS_PLUGIN_SETUP_FAILED', message, { plugin: name });
      }
      await migrate(parts.database, plugin, parts.now, parts.hasTables);
      const { signal } = context;
      const call = { plugin, hook: 'setup', code: 'DATAVIS_PLUGIN_SETUP_FAILED', deadlineMs, signal } as const;
      const disposer: unknown = await callPlugin(parts.guard, call, () => plugin.definition.setup?.(context));
      if (typeof disposer === 'function') this.#dispose = disposer as Disposer;
      else if (disposer !== undefined && disposer !== null) throw noDisposer(name, disposer);
      this.state = 'ready';
    } catch (error) {
      if (plugin.required || !(error instanceof PluginError)) throw error;
      this.state = 'quarantined';
      this.error = error;
      const hint = error.hint === undefined ? '' : ` (${error.hint})`;
      parts.guard.log.error(`${error.message}; the plugin is not used${hint}`);
    }
  }

  async close(guard: GuardDeps): Promise<void> {
    const dispose = this.#dispose;
    if (dispose === undefined) return;
    const { plugin } = this;
    const { deadlineMs = SETUP_DEADLINE_MS } = plugin;
    const { signal } = new AbortController();
    const call = { plugin, hook: 'dispose', code: 'DATAVIS_PLUGIN_HOOK_FAILED', signal, deadlineMs } as const;
    try {
      await callPlugin(guard, call, dispose);
    } catch (error) {
      guard.log.error(messageOf(error));
    }
  }
}
