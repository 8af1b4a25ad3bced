// Over 300 lines on purpose: one run's drops, counts, findings and receipts change together with every batch, and a split
// would hand all of them about.
import type {
  CocoBatch,
  CocoCursor,
  Column,
  DecodedImage,
  Finding,
  IngestRun,
  Int64Column,
  PluginFailure,
  PluginTable,
  RunHooks,
  RunSummary,
  SectionSummary,
  SqlConnection,
  TableBatch,
} from '@datavis/plugin-sdk';
import { hasValue, textAt } from '@datavis/plugin-sdk';
import { BatchState, IMAGE_DROPPED } from './batch-state.js';
import { messageOf, PluginError } from './errors.js';
import { callPlugin, type GuardDeps } from './guard.js';
import { StatsTable } from './hook-stats.js';
import { keepRows } from './keep-rows.js';
import { linkPluginRows, removePluginRows, writeProvenance, writeReceipts, type PluginRunState } from './ledger.js';
import { HOOK_OF, schemaOf, type LoadedPlugin } from './loaded-plugin.js';
import { PluginBatch, type BatchChanges } from './plugin-batch.js';
import { KEY_OF } from './tables.js';

/** Samples of one finding code kept per run; the counts are exact beyond that. */
const MAX_FINDING_SAMPLES = 100;
const YIELD_EVERY_BATCHES = 16;

export interface ActivePlugin {
  readonly plugin: LoadedPlugin;
  readonly hooks: RunHooks;
  readonly context: IngestRun;
}

export interface PluginRunDeps {
  readonly guard: GuardDeps;
  readonly runId: string;
  readonly sourceKey: bigint;
  readonly signal: AbortSignal;
  readonly now: () => Date;
  /** Images that an earlier, interrupted part of this import dropped, as {@link idKey} writes them. */
  readonly droppedImages: Iterable<string>;
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

/** Column values of one image, as `onImageDecoded` returned them. */
export type DecodedValues = Readonly<Record<string, unknown>>;

interface Drop {
  readonly row: number;
  readonly reason: string;
}

export function idKey(id: bigint | null, text: string | null): string | undefined {
  if (id !== null) return `i${id}`;
  return text === null ? undefined : `t${text}`;
}

function idAt(id: Int64Column, text: TableBatch<'images'>['columns']['id_text'], row: number): string | undefined {
  return idKey(hasValue(id, row) ? (id.values[row] ?? null) : null, textAt(text, row));
}

/** One import of one source as the plugins see it. Made by `PluginHost.beginRun`. */
export class PluginRun {
  readonly #deps: PluginRunDeps;
  #active: ActivePlugin[];
  readonly #all: readonly ActivePlugin[];
  readonly #states = new Map<string, PluginRunState>();
  readonly #stats = new StatsTable();
  readonly #droppedImages: Set<string>;
  readonly #droppedBySection = new Map<string, number>();
  readonly #droppedByReason: Record<string, number> = {};
  readonly #findingCounts: Record<string, number> = {};
  #batches = 0;

  constructor(plugins: readonly ActivePlugin[], deps: PluginRunDeps) {
    this.#all = plugins;
    this.#active = [...plugins];
    this.#deps = deps;
    this.#droppedImages = new Set(deps.droppedImages);
  }

  /** False where no plugin takes part: the caller may leave out all of this. */
  get isActive(): boolean {
    return this.#all.length > 0;
  }

  /** Plugins that were switched off during this run (policy `disable`): the run is degraded. */
  get disabled(): readonly string[] {
    return [...this.#states].filter(([, state]) => state === 'disabled').map(([name]) => name);
  }

  get dropped(): Readonly<Record<string, number>> {
    return this.#droppedByReason;
  }

  get stats(): StatsTable {
    return this.#stats;
  }

  /** Batches of one source, one at a time, in source order. Throws {@link PluginError} by the policy `abort`. */
  async transform(batch: CocoBatch): Promise<TransformedBatch> {
    if (batch.table === 'records' || !this.isActive) return untouched(this.#withCursor(batch, []));
    if (++this.#batches % YIELD_EVERY_BATCHES === 0) await new Promise((resolve) => setImmediate(resolve));
    return this.#transform(batch);
  }

  async #transform<T extends PluginTable>(batch: TableBatch<T>): Promise<TransformedBatch> {
    const state = new BatchState(batch);
    const drops: Drop[] = this.#dropOrphans(state);
    const findings: Finding[] = [];
    for (const active of [...this.#active]) {
      const changes = await this.#callHook(active, state);
      if (changes === undefined) continue;
      const { namespace } = active.plugin;
      for (const { row, reason } of changes.drops) drops.push({ row, reason: `${namespace}/${reason}` });
      for (const { row, finding } of changes.findings) {
        const code = `${namespace}/${finding.code}`;
        const count = (this.#findingCounts[code] ?? 0) + 1;
        this.#findingCounts[code] = count;
        const { message, severity = 'warning' } = finding;
        if (count <= MAX_FINDING_SAMPLES) findings.push({ ...placeOf(state, row), code, message, severity });
      }
    }
    this.#count(state, drops);
    const kept = state.keptRows();
    const result = this.#withCursor(state.result(kept) as unknown as CocoBatch, findings);
    const dropped: Record<string, number> = {};
    for (const { reason } of drops) dropped[reason] = (dropped[reason] ?? 0) + 1;
    return {
      batch: result,
      dropped,
      store: (connection, firstKey) => this.#store(connection, state, kept, drops, firstKey),
    };
  }

  async #callHook<T extends PluginTable>(
    active: ActivePlugin,
    state: BatchState<T>,
  ): Promise<BatchChanges | undefined> {
    const { plugin, hooks, context } = active;
    const hook = HOOK_OF[state.source.table];
    if (hooks[hook] === undefined) return undefined;
    const stats = this.#stats.of(plugin.name, hook);
    const view = new PluginBatch(plugin, hook, state);
    const rows = [state.offset, state.offset + Math.max(0, state.length - 1)] as const;
    const startedMs = performance.now();
    try {
      const call = { plugin, hook, code: 'DATAVIS_PLUGIN_HOOK_FAILED', rows, signal: this.#deps.signal } as const;
      // The table of the view and the hook agree by HOOK_OF; the compiler cannot follow that.
      await callPlugin(this.#deps.guard, call, () => hooks[hook]?.(view as never, context));
      const changes = view.commit();
      stats.dropped += changes.drops.length;
      stats.findings += changes.findings.length;
      return changes;
    } catch (error) {
      view.discard();
      this.#onFailure(plugin, hook, error);
      return undefined;
    } finally {
      const ms = performance.now() - startedMs;
      stats.calls++;
      stats.rowsIn += state.length;
      stats.ms += ms;
      stats.maxMs = Math.max(stats.maxMs, ms);
    }
  }

  /** For what a hook returned and the database would not take: the same policy as for a throw. */
  refuse(plugin: LoadedPlugin, hook: string, error: unknown): void {
    this.#onFailure(plugin, hook, error);
  }

  /** Applies the plugin's policy; throws where the import has to stop. */
  #onFailure(plugin: LoadedPlugin, hook: string, error: unknown): void {
    const { log } = this.#deps.guard;
    const stats = this.#stats.of(plugin.name, hook);
    stats.failures++;
    stats.error = messageOf(error);
    if (this.#deps.signal.aborted || !(error instanceof PluginError) || plugin.policy === 'abort') {
      if (!this.#deps.signal.aborted) this.#states.set(plugin.name, 'failed');
      throw error;
    }
    this.#findingCounts[`${plugin.namespace}/failed`] =
      (this.#findingCounts[`${plugin.namespace}/failed`] ?? 0) + 1;
    if (plugin.policy === 'disable') {
      this.#active = this.#active.filter((one) => one.plugin !== plugin);
      this.#states.set(plugin.name, 'disabled');
      log.error(`${error.message}; the plugin is off for the rest of this import`);
    } else {
      log.error(`${error.message}; its results for this batch are left out`);
    }
  }

  /** An image takes along the annotations that come after it in the file; the link step finds those before it. */
  #dropOrphans(state: BatchState): Drop[] {
    if (state.source.table !== 'annotations' || this.#droppedImages.size === 0) return [];
    const { image_id: id, image_id_text: text } = (state as BatchState<'annotations'>).source.columns;
    const drops: Drop[] = [];
    for (let row = 0; row < state.length; row++) {
      const key = idAt(id, text, row);
      if (key !== undefined && this.#droppedImages.has(key) && state.drop(row)) {
        drops.push({ row, reason: IMAGE_DROPPED });
      }
    }
    return drops;
  }

  #count(state: BatchState, drops: readonly Drop[]): void {
    const { section, table, columns } = state.source;
    for (const { row, reason } of drops) {
      this.#droppedByReason[reason] = (this.#droppedByReason[reason] ?? 0) + 1;
      if (table !== 'images') continue;
      const key = idAt(columns.id, columns.id_text, row);
      if (key !== undefined) this.#droppedImages.add(key);
    }
    this.#droppedBySection.set(section, (this.#droppedBySection.get(section) ?? 0) + drops.length);
  }

  #withCursor(batch: CocoBatch, findings: readonly Finding[]): CocoBatch {
    const cursor = this.adjustCursor(batch.cursor);
    if (cursor === batch.cursor && findings.length === 0) return batch;
    return { ...batch, cursor, findings: [...batch.findings, ...findings] };
  }

  /** Moves what plugins dropped from imported to refused, and adds their findings: use it for cursors without rows. */
  adjustCursor(cursor: CocoCursor): CocoCursor {
    if (this.#droppedBySection.size === 0 && Object.keys(this.#findingCounts).length === 0) return cursor;
    const findingCounts: Record<string, number> = { ...cursor.findingCounts };
    for (const [code, count] of [
      ...Object.entries(this.#findingCounts),
      ...Object.entries(this.#droppedByReason),
    ]) {
      findingCounts[code] = (findingCounts[code] ?? 0) + count;
    }
    const sections = cursor.sections.map((section): SectionSummary => {
      const dropped = this.#droppedBySection.get(section.name) ?? 0;
      return { ...section, imported: section.imported - dropped, refused: section.refused + dropped };
    });
    return { ...cursor, sections, findingCounts };
  }

  async #store(
    connection: SqlConnection,
    state: BatchState,
    kept: readonly number[],
    drops: readonly Drop[],
    firstKey: bigint,
  ): Promise<void> {
    const { source } = state;
    const { length } = kept;
    const source_key = constantKeys(this.#deps.sourceKey, length);
    for (const { plugin } of this.#all) {
      const outputs = state.outputs.get(plugin.namespace);
      if (outputs === undefined || length === 0) continue;
      const columns: Record<string, Column> = {};
      for (const [name, column] of outputs) {
        columns[name] = length === state.length ? column : keepRows(column, kept);
      }
      const isAnnotations = source.table === 'annotations';
      const table = isAnnotations ? source.table : `${source.table}_incoming`;
      const place: Record<string, Column> = isAnnotations
        ? { [KEY_OF.annotations]: denseKeys(firstKey, length) }
        : { idx: keepRows(source.columns.index, kept) };
      await connection.append(`${schemaOf(plugin)}.${table}`, { ...place, source_key, ...columns }, length);
    }
    if (drops.length > 0) await this.#storeDrops(connection, source, drops);
  }

  async #storeDrops(
    connection: SqlConnection,
    source: TableBatch<PluginTable>,
    drops: readonly Drop[],
  ): Promise<void> {
    const ordered = [...drops].sort((a, b) => a.row - b.row);
    const rows = ordered.map(({ row }) => row);
    const encoder = new TextEncoder();
    const text = (values: readonly string[]): Column => {
      const parts = values.map((value) => encoder.encode(value));
      const offsets = new Uint32Array(values.length + 1);
      parts.forEach((part, index) => (offsets[index + 1] = (offsets[index] ?? 0) + part.length));
      return { type: 'utf8', bytes: Buffer.concat(parts), offsets };
    };
    await connection.append(
      '_datavis.plugin_drops',
      {
        source_key: constantKeys(this.#deps.sourceKey, rows.length),
        section: text(rows.map(() => source.section)),
        idx: keepRows(source.columns.index, rows),
        id: keepRows(source.columns.id, rows),
        id_text: keepRows(source.columns.id_text, rows),
        reason: text(ordered.map(({ reason }) => reason)),
      },
      rows.length,
    );
  }

  /** Whether any plugin that is still on wants to see decoded images. */
  get wantsPixels(): boolean {
    return this.#active.some(({ hooks }) => hooks.onImageDecoded !== undefined);
  }

  /** What plugins say about one image, by plugin. Several images may be under way at once. */
  async decoded(image: DecodedImage): Promise<ReadonlyMap<LoadedPlugin, DecodedValues>> {
    const results = new Map<LoadedPlugin, DecodedValues>();
    for (const active of [...this.#active]) {
      const { plugin, hooks, context } = active;
      const hook = 'onImageDecoded';
      if (hooks[hook] === undefined) continue;
      const stats = this.#stats.of(plugin.name, hook);
      const startedMs = performance.now();
      try {
        const call = { plugin, hook, code: 'DATAVIS_PLUGIN_HOOK_FAILED', signal: this.#deps.signal } as const;
        const values = await callPlugin(this.#deps.guard, call, () => hooks[hook]?.(image, context));
        if (values !== undefined) results.set(plugin, values);
      } catch (error) {
        this.#onFailure(plugin, hook, error);
      } finally {
        const ms = performance.now() - startedMs;
        stats.calls++;
        stats.rowsIn++;
        stats.ms += ms;
        stats.maxMs = Math.max(stats.maxMs, ms);
      }
    }
    return results;
  }

  /** Gives images and categories their keys. Call it in the transaction that fills `source_images` and its like. */
  async link(connection: SqlConnection): Promise<void> {
    await linkPluginRows(
      connection,
      this.#all.map(({ plugin }) => plugin),
      this.#deps.sourceKey,
    );
  }

  /** After the last commit: observers run (isolated), receipts and provenance are written. Never throws for a plugin. */
  async endRun(connection: SqlConnection, summary: Omit<RunSummary, 'dropped'>): Promise<void> {
    const full: RunSummary = { ...summary, dropped: this.#droppedByReason };
    await this.#observe('onIngestEnd', (hooks, context) => hooks.onIngestEnd?.(full, context));
    const plugins = this.#all.map(({ plugin }) => plugin);
    await writeProvenance(connection, plugins, this.#deps.runId, this.#deps.now());
    await this.#writeReceipts(connection);
  }

  /**
   * After the rollback. Never throws for a plugin. Where the rows of the source go (`rowsStay` is false), those of the
   * plugins go with them; an import that can be resumed keeps both.
   */
  async failRun(connection: SqlConnection, error: unknown, { rowsStay }: { rowsStay: boolean }): Promise<void> {
    if (!rowsStay) {
      const plugins = this.#all.map(({ plugin }) => plugin);
      await connection.transaction(() => removePluginRows(connection, plugins, this.#deps.sourceKey));
    }
    const failure = (error instanceof Error ? error : new Error(String(error))) as PluginFailure;
    await this.#observe('onIngestError', (hooks, context) => hooks.onIngestError?.(failure, context));
    await this.#writeReceipts(connection);
  }

  async #observe(
    hook: 'onIngestEnd' | 'onIngestError',
    run: (hooks: RunHooks, context: IngestRun) => unknown,
  ): Promise<void> {
    for (const { plugin, hooks, context } of this.#all) {
      if (hooks[hook] === undefined) continue;
      const stats = this.#stats.of(plugin.name, hook);
      const startedMs = performance.now();
      stats.calls++;
      try {
        // Observers also run when the import was aborted, so they are bounded by time, not by its signal.
        const signal = new AbortController().signal;
        const deadlineMs = plugin.deadlineMs ?? OBSERVER_DEADLINE_MS;
        const call = { plugin, hook, code: 'DATAVIS_PLUGIN_HOOK_FAILED', signal, deadlineMs } as const;
        await callPlugin(this.#deps.guard, call, () => run(hooks, context));
      } catch (error) {
        stats.failures++;
        stats.error = messageOf(error);
        this.#deps.guard.log.error(messageOf(error));
      }
      stats.ms += performance.now() - startedMs;
    }
  }

  async #writeReceipts(connection: SqlConnection): Promise<void> {
    const plugins = this.#all.map(({ plugin }) => plugin);
    const { runId, sourceKey } = this.#deps;
    const [stats, states, endedAt] = [this.#stats, this.#states, this.#deps.now()];
    await writeReceipts(connection, { runId, sourceKey, plugins, stats, states, endedAt });
  }
}

const OBSERVER_DEADLINE_MS = 30_000;

function untouched(batch: CocoBatch): TransformedBatch {
  return { batch, dropped: {}, store: () => Promise.resolve() };
}

function constantKeys(key: bigint, length: number): Int64Column {
  return { type: 'i64', values: new BigInt64Array(length).fill(key) };
}

function denseKeys(first: bigint, length: number): Int64Column {
  const values = new BigInt64Array(length);
  for (let row = 0; row < length; row++) values[row] = first + BigInt(row);
  return { type: 'i64', values };
}

function placeOf(state: BatchState, row: number): Pick<Finding, 'section' | 'index' | 'byteOffset' | 'id'> {
  const { section, columns } = state.source;
  const id = hasValue(columns.id, row) ? String(columns.id.values[row]) : textAt(columns.id_text, row);
  return {
    section,
    index: columns.index.values[row] ?? 0,
    byteOffset: columns.byte_offset.values[row] ?? 0,
    ...(id !== null && { id }),
  };
}
