import type { IngestRun, RunHooks } from '@datavis/plugin-sdk';
import { messageOf, type PluginError } from './errors.js';
import { callPlugin, type GuardDeps } from './guard.js';
import type { StatsTable } from './hook-stats.js';
import type { LoadedPlugin } from './loaded-plugin.js';

const OBSERVER_DEADLINE_MS = 30_000;

/** A plugin that takes part in one import. */
export interface ActivePlugin {
  readonly plugin: LoadedPlugin;
  readonly hooks: RunHooks;
  readonly context: IngestRun;
  /** It could not start this import. */
  readonly failure?: PluginError;
}

export interface ObserveDeps {
  readonly guard: GuardDeps;
  readonly stats: StatsTable;
  /** Of the import. */
  readonly signal: AbortSignal;
}

/** Calls a hook that only looks on. What it throws is logged and counted, never passed on. */
export async function observe(
  { guard, stats, signal }: ObserveDeps,
  plugins: readonly ActivePlugin[],
  hook: 'onIngestEnd' | 'onIngestError',
  run: (hooks: RunHooks, context: IngestRun) => unknown,
): Promise<void> {
  for (const { plugin, hooks, context } of plugins) {
    if (hooks[hook] === undefined) continue;
    const row = stats.of(plugin.name, hook);
    const startedMs = performance.now();
    row.calls++;
    // Observers also run when the import was aborted: then they are bounded by time alone.
    const ending = signal.aborted ? new AbortController().signal : signal;
    try {
      const deadlineMs = plugin.deadlineMs ?? OBSERVER_DEADLINE_MS;
      const call = { plugin, hook, code: 'DATAVIS_PLUGIN_HOOK_FAILED', signal: ending, deadlineMs } as const;
      await callPlugin(guard, call, () => run(hooks, context));
    } catch (error) {
      const message =
        ending.aborted && error === ending.reason ? `${plugin.name}.${hook} was stopped` : messageOf(error);
      row.failures++;
      row.error = message;
      guard.log.error(message);
    }
    row.ms += performance.now() - startedMs;
  }
}
