import type {
  CocoBatch,
  CocoCursor,
  DecodedImage,
  Finding,
  PluginFailure,
  PluginTable,
  RunSummary,
  SqlConnection,
  TableBatch,
} from '@datavis/plugin-sdk';
import { ArrayPool } from './array-pool.js';
import { BatchState } from './batch-state.js';
import type { PluginError } from './errors.js';
import type { GuardDeps } from './guard.js';
import { HeapShare } from './heap-share.js';
import { HookCalls } from './hook-calls.js';
import type { StatsTable } from './hook-stats.js';
import { writeProvenance, writeReceipts } from './ledger.js';
import type { LoadedPlugin } from './loaded-plugin.js';
import { observe, type ActivePlugin } from './observers.js';
import { linkPluginRows, removePluginRows } from './plugin-rows.js';
import { RunAccount, type Drop } from './run-account.js';
import { RunParty } from './run-party.js';
import { showImage, type DecodedValues } from './show-image.js';
import { storeBatch } from './store-batch.js';

const YIELD_EVERY_BATCHES = 16;

export interface PluginRunDeps {
  readonly guard: GuardDeps;
  readonly runId: string;
  readonly sourceKey: bigint;
  /** The earlier version of the source, where this run reads it anew. */
  readonly replaces: bigint | undefined;
  readonly signal: AbortSignal;
  readonly now: () => Date;
  /** Images that an earlier, interrupted part of this import dropped, as `idKey` writes them. */
  readonly droppedImages: Iterable<string>;
  /** The run is over. */
  readonly onEnd?: () => void;
  /** Default: the heap of this process. */
  readonly heap?: HeapShare;
}

/** What became of one batch. Write `batch` (it may have no rows left), then {@link store}, in one transaction. */
export interface TransformedBatch {
  /** Rows kept, columns rewritten, cursor and its counts corrected, findings of plugins added. */
  readonly batch: CocoBatch;
  /** Rows dropped in this batch by `<namespace>/<reason>`; already counted as refused in the cursor. */
  readonly dropped: Readonly<Record<string, number>>;
  /**
   * Stores the plugins' columns and the list of drops, inside the caller's transaction. Annotations: `firstKey` is the
   * annotation_key of the first kept row, the others follow densely. Images and categories wait under their place
   * until {@link PluginRun.link}.
   */
  readonly store: (connection: SqlConnection, firstKey: bigint) => Promise<void>;
}

/** One import of one source as the plugins see it. Made by `PluginHost.beginRun`. */
export class PluginRun {
  readonly #deps: PluginRunDeps;
  readonly #party: RunParty;
  readonly #account: RunAccount;
  readonly #heap: HeapShare;
  readonly #pool = new ArrayPool();
  readonly #calls: HookCalls;
  #batches = 0;

  constructor(plugins: readonly ActivePlugin[], deps: PluginRunDeps) {
    this.#deps = deps;
    this.#account = new RunAccount(deps.droppedImages);
    this.#party = new RunParty(plugins, {
      log: deps.guard.log,
      signal: deps.signal,
      count: (code) => this.#account.count(code),
    });
    this.#heap = deps.heap ?? new HeapShare();
    const { guard, signal } = deps;
    this.#calls = new HookCalls({ guard, signal, party: this.#party, heap: this.#heap, pool: this.#pool });
  }

  /** False where no plugin takes part: the caller may leave out all of this. */
  get isActive(): boolean {
    return this.#party.all.length > 0;
  }

  /** Plugins that were switched off during this run (policy `disable`): the run is degraded. */
  get disabled(): readonly string[] {
    return this.#party.disabled;
  }

  get dropped(): Readonly<Record<string, number>> {
    return this.#account.dropped;
  }

  get stats(): StatsTable {
    return this.#party.stats;
  }

  get #plugins(): readonly LoadedPlugin[] {
    return this.#party.all.map(({ plugin }) => plugin);
  }

  /** Batches of one source, one at a time, in source order. Throws a `PluginError` by the policy `abort`. */
  async transform(batch: CocoBatch): Promise<TransformedBatch> {
    if (batch.table === 'records' || !this.isActive) return untouched(this.#withCursor(batch, []));
    if (++this.#batches % YIELD_EVERY_BATCHES === 0) await new Promise((resolve) => setImmediate(resolve));
    return this.#transform(batch);
  }

  async #transform<T extends PluginTable>(batch: TableBatch<T>): Promise<TransformedBatch> {
    const state = new BatchState(batch);
    const drops: Drop[] = this.#account.dropOrphans(state);
    const findings: Finding[] = [];
    for (const active of this.#party.active) {
      const called = this.#calls.call(active, state);
      const changes = called instanceof Promise ? await called : called;
      if (changes === undefined) continue;
      const { namespace } = active.plugin;
      for (const { row, reason } of changes.drops) drops.push({ row, reason: `${namespace}/${reason}` });
      findings.push(...this.#account.countFindings(namespace, state, changes));
    }
    this.#account.countDrops(state, drops);
    const kept = state.keptRows();
    const { sourceKey } = this.#deps;
    return {
      batch: this.#withCursor(state.result(kept) as unknown as CocoBatch, findings),
      dropped: countByReason(drops),
      store: (connection, firstKey) =>
        storeBatch(connection, { sourceKey, state, kept, drops, pool: this.#pool }, firstKey),
    };
  }

  /** Takes an error that a plugin threw outside of its calls, such as in a timer: its policy decides at the next call. */
  addStray(plugin: LoadedPlugin, error: PluginError): void {
    this.#party.addStray(plugin, error);
  }

  /** The run is over: nothing is asked of its plugins any more. */
  release(): void {
    this.#deps.onEnd?.();
  }

  /** For what a hook returned and the database would not take: the same policy as for a throw. */
  refuse(plugin: LoadedPlugin, hook: string, error: unknown): void {
    this.#party.fail(plugin, hook, error);
  }

  #withCursor(batch: CocoBatch, findings: readonly Finding[]): CocoBatch {
    const cursor = this.adjustCursor(batch.cursor);
    if (cursor === batch.cursor && findings.length === 0) return batch;
    return { ...batch, cursor, findings: [...batch.findings, ...findings] };
  }

  /** The reader's cursor with what plugins dropped and found: for cursors without rows, such as the last one. */
  adjustCursor(cursor: CocoCursor): CocoCursor {
    this.#party.settleStrays();
    return this.#account.adjust(cursor);
  }

  /** Plugins that are still on and want to see decoded images. */
  get viewers(): readonly LoadedPlugin[] {
    const viewers = this.#party.active.filter(({ hooks }) => hooks.onImageDecoded !== undefined);
    return viewers.map(({ plugin }) => plugin);
  }

  /** What plugins say about one image, by plugin. Several images may be under way at once. */
  async decoded(
    image: DecodedImage,
    seenBy: readonly string[] = [],
  ): Promise<ReadonlyMap<LoadedPlugin, DecodedValues>> {
    const { guard, signal } = this.#deps;
    this.#party.settleStrays();
    return showImage({ guard, signal, heap: this.#heap, party: this.#party }, image, seenBy);
  }

  /** Gives images and categories their keys. Call it in the transaction that fills `source_images` and its like. */
  async link(connection: SqlConnection): Promise<void> {
    // A host without plugins, such as a server's, has made no tables.
    if (!this.isActive) return;
    this.#party.settleStrays();
    const { runId, sourceKey, replaces } = this.#deps;
    await linkPluginRows(connection, this.#plugins, { runId, sourceKey, replaces, states: this.#party.states });
  }

  /** After the last commit: observers run (isolated), receipts and provenance are written. Never throws for a plugin. */
  async endRun(connection: SqlConnection, summary: Omit<RunSummary, 'dropped'>): Promise<void> {
    const full: RunSummary = { ...summary, dropped: this.#account.dropped };
    await this.#observe('onIngestEnd', (hooks, context) => hooks.onIngestEnd?.(full, context));
    await this.#writeLedger(connection);
    this.release();
  }

  /**
   * After the rollback. Never throws for a plugin. Where the rows of the source go (`rowsStay` is false), those of the
   * plugins go with them; an import that can be resumed keeps both.
   */
  async failRun(connection: SqlConnection, error: unknown, { rowsStay }: { rowsStay: boolean }): Promise<void> {
    if (!rowsStay && this.isActive) {
      await connection.transaction(() => removePluginRows(connection, this.#plugins, this.#deps.sourceKey));
    }
    const failure = (error instanceof Error ? error : new Error(String(error))) as PluginFailure;
    await this.#observe('onIngestError', (hooks, context) => hooks.onIngestError?.(failure, context));
    await this.#writeReceipts(connection);
    this.release();
  }

  /** After the images: what `onImageDecoded` did, in the same table as the hooks of imports. */
  async endImages(connection: SqlConnection): Promise<void> {
    await this.#writeLedger(connection);
    this.release();
  }

  #observe(
    ...call: Parameters<typeof observe> extends [unknown, unknown, ...infer Rest] ? Rest : never
  ): Promise<void> {
    const { guard, signal } = this.#deps;
    return observe({ guard, stats: this.stats, signal }, this.#party.all, ...call);
  }

  /** What the run has made, and how it went: both or nothing. */
  async #writeLedger(connection: SqlConnection): Promise<void> {
    // A host without plugins has made no tables.
    if (!this.isActive) return;
    await connection.transaction(async () => {
      await writeProvenance(connection, this.#plugins, this.#deps.runId, this.#deps.now());
      await this.#writeReceipts(connection);
    });
  }

  async #writeReceipts(connection: SqlConnection): Promise<void> {
    const { runId, sourceKey } = this.#deps;
    const endedAt = this.#deps.now();
    const { stats, states } = this.#party;
    await writeReceipts(connection, { runId, sourceKey, plugins: this.#plugins, stats, states, endedAt });
  }
}

function untouched(batch: CocoBatch): TransformedBatch {
  return { batch, dropped: {}, store: () => Promise.resolve() };
}

function countByReason(drops: readonly Drop[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { reason } of drops) counts[reason] = (counts[reason] ?? 0) + 1;
  return counts;
}
