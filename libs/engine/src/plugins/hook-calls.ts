import type { PluginTable } from '@datavis/plugin-sdk';
import type { ArrayPool } from './array-pool.js';
import type { BatchState } from './batch-state.js';
import { PluginError } from './errors.js';
import { enterPlugin, type GuardDeps, type GuardedCall } from './guard.js';
import type { HeapShare } from './heap-share.js';
import type { HookStats } from './hook-stats.js';
import { HOOK_OF, type LoadedPlugin } from './loaded-plugin.js';
import type { ActivePlugin } from './observers.js';
import { PluginBatch, type BatchChanges } from './plugin-batch.js';
import type { RunParty } from './run-party.js';

export interface HookCallsDeps {
  readonly guard: GuardDeps;
  /** Of the run. */
  readonly signal: AbortSignal;
  readonly party: RunParty;
  readonly heap: HeapShare;
  /** Arrays for what is stored of the outputs. */
  readonly pool: ArrayPool;
}

/** One call of a hook for a batch. */
interface HookCall extends GuardedCall {
  readonly rows: readonly [from: number, to: number];
  readonly state: BatchState;
  readonly view: Pick<PluginBatch<PluginTable>, 'commit' | 'discard'>;
  readonly startedMs: number;
  readonly usedBefore: number;
}

/** Calls of the hooks of a run for its batches: each is guarded, measured, and taken over or given up as a whole. */
export class HookCalls {
  readonly #deps: HookCallsDeps;
  /**
   * The last call. V8 throws compiled code away with the last object of a shape that it was compiled for, so between two
   * batches a collection of garbage would cost all hooks theirs.
   */
  readonly #last: HookCall[] = [];

  constructor(deps: HookCallsDeps) {
    this.#deps = deps;
  }

  /** What the hook did, at once where it promises nothing; undefined where there is none or it failed. */
  call<T extends PluginTable>(
    active: ActivePlugin,
    state: BatchState<T>,
  ): BatchChanges | undefined | Promise<BatchChanges | undefined> {
    const { plugin, hooks, context } = active;
    const hook = HOOK_OF[state.source.table];
    if (hooks[hook] === undefined) return undefined;
    const view = new PluginBatch(plugin, hook, state, this.#deps.pool);
    const rows = [state.offset, state.offset + Math.max(0, state.length - 1)] as const;
    const { guard, signal, heap } = this.#deps;
    const call: HookCall = {
      plugin,
      hook,
      code: 'DATAVIS_PLUGIN_HOOK_FAILED',
      rows,
      signal,
      state,
      view,
      startedMs: performance.now(),
      usedBefore: heap.usedBytes,
    };
    this.#last[0] = call;
    let settled: unknown;
    try {
      // The table of the view and the hook agree by HOOK_OF; the compiler cannot follow that.
      settled = enterPlugin(guard, call, () => hooks[hook]?.(view as never, context));
    } catch (error) {
      this.#giveUp(call, error);
      return undefined;
    }
    if (!(settled instanceof Promise)) return this.#takeOver(call);
    return settled.then(
      () => this.#takeOver(call),
      (error: unknown) => {
        this.#giveUp(call, error);
        return undefined;
      },
    );
  }

  /** The hook has returned: what it did is checked and becomes a part of the batch. */
  #takeOver(call: HookCall): BatchChanges | undefined {
    const { plugin, hook, state, view, usedBefore } = call;
    const { party, heap } = this.#deps;
    try {
      if (state.lostColumn() !== undefined) throw new Error('a column is lost');
      party.throwStray(plugin);
      heap.check(plugin, hook, usedBefore);
      const changes = view.commit();
      const stats = this.#count(call);
      stats.dropped += changes.drops.length;
      stats.findings += changes.findings.length;
      return changes;
    } catch (error) {
      this.#giveUp(call, error);
      return undefined;
    }
  }

  /** The hook has failed: nothing of it stays, and its plugin's policy decides what follows. */
  #giveUp(call: HookCall, error: unknown): void {
    const { plugin, hook, state, view, rows } = call;
    const { party } = this.#deps;
    view.discard();
    this.#count(call);
    // Rows that are gone cannot be imported without the plugin either.
    if (state.lostColumn() !== undefined) party.end(plugin, hook, lostColumn(plugin, hook, state, rows));
    party.fail(plugin, hook, error);
  }

  #count({ plugin, hook, state, startedMs }: HookCall): HookStats {
    return this.#deps.party.stats.count(plugin.name, hook, state.length, performance.now() - startedMs);
  }
}

function lostColumn(
  { name: plugin }: LoadedPlugin,
  hook: string,
  state: BatchState,
  rows: readonly [number, number],
): PluginError {
  const message = `${plugin}.${hook} has transferred the memory of column "${state.lostColumn() ?? ''}" away`;
  const hint = 'Transfer a copy: batch.column(…).slice().';
  return new PluginError('DATAVIS_PLUGIN_OUTPUT', message, { plugin, hook, rows, hint });
}
