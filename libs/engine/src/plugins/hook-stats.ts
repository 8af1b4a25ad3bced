/** What is known of the calls of one hook of one plugin in one import; a row of `_datavis.plugin_runs`. */
export interface HookStats {
  calls: number;
  rowsIn: number;
  dropped: number;
  findings: number;
  ms: number;
  maxMs: number;
  failures: number;
  /** The last failure's message. */
  error: string | null;
}

export class StatsTable {
  readonly #rows = new Map<string, Map<string, HookStats>>();

  of(plugin: string, hook: string): HookStats {
    let hooks = this.#rows.get(plugin);
    if (hooks === undefined) this.#rows.set(plugin, (hooks = new Map<string, HookStats>()));
    let stats = hooks.get(hook);
    if (stats === undefined) {
      stats = { calls: 0, rowsIn: 0, dropped: 0, findings: 0, ms: 0, maxMs: 0, failures: 0, error: null };
      hooks.set(hook, stats);
    }
    return stats;
  }

  /** One call is over. */
  count(plugin: string, hook: string, rowsIn: number, ms: number): HookStats {
    const stats = this.of(plugin, hook);
    stats.calls++;
    stats.rowsIn += rowsIn;
    stats.ms += ms;
    stats.maxMs = Math.max(stats.maxMs, ms);
    return stats;
  }

  *rows(): Generator<HookStats & { readonly plugin: string; readonly hook: string }> {
    for (const [plugin, hooks] of this.#rows) {
      for (const [hook, stats] of hooks) yield { plugin, hook, ...stats };
    }
  }
}
