/**
 * The plugin host. How an import uses it:
 *
 * ```ts ignore
 * const host = await createPluginHost(config.plugins, { database, stores, hostVersion, log });
 * const run = await host.beginRun({ runId, sourceKey, dataset: { name, uri }, startedAt, signal });
 * try {
 *   for await (const batch of reader.batches()) {                  // a CocoBatch, one at a time, in source order
 *     const { batch: kept, store } = await run.transform(batch);  // rows dropped, columns rewritten, cursor corrected
 *     // in the transaction that appends kept.columns and keeps kept.cursor (kept.length may be 0):
 *     await store(connection, firstAnnotationKey);                // plugins' columns → plg_<namespace>.<table>
 *   }
 *   // in the transaction that fills source_images, source_categories (images, categories have keys from then on):
 *   await run.link(connection);
 *   await run.endRun(connection, { read, imported, refused, elapsedMs });
 * } catch (error) {
 *   await run.failRun(connection, error, { rowsStay });           // after the rollback
 *   throw error;
 * }
 * await host.close();
 * ```
 *
 * - `kept.cursor` already counts dropped rows as refused and plugins' findings: store it instead of the reader's. For a
 *   cursor without rows (the reader's last one) use `run.adjustCursor(cursor)`.
 * - `run.isActive` is false without plugins; every call is then a cheap pass-through.
 * - A resumed import calls `beginRun` with the same `sourceKey`: what was dropped before is read back.
 * - Several runs may overlap.
 */
import type {
  DataVisConfig,
  Logger,
  ObjectStoreResolver,
  PluginContext,
  PluginSettings,
  RunInfo,
  SqlDatabase,
} from '@datavis/plugin-sdk';
import { droppedImages, startRun } from './begin-run.js';
import { makeContext, makeRun } from './context.js';
import { entriesOf } from './entries.js';
import { messageOf, PluginError } from './errors.js';
import { isThrownBy, thrownAt } from './frame.js';
import type { GuardDeps } from './guard.js';
import type { LoadedPlugin } from './loaded-plugin.js';
import { normalisePlugin } from './normalise.js';
import type { ActivePlugin } from './observers.js';
import { arrangePlugins, type PluginOrder } from './order.js';
import { SLOW_NOTICE_MS, unlessAborted } from './patience.js';
import { PluginRun } from './plugin-run.js';
import { Slot } from './slot.js';
import { ensureLedger, ensureTablesOfAll } from './tables.js';
import type { Watchdog } from './watchdog.js';

export interface PluginHostDeps {
  readonly database: SqlDatabase;
  readonly stores: ObjectStoreResolver;
  readonly hostVersion: string;
  /** Default: silent. */
  readonly log?: Logger;
  /** Names plugins that block the event loop; see `startWatchdog`. The host closes it. Default: none. */
  readonly watchdog?: Watchdog;
  /** Default {@link SLOW_NOTICE_MS}. */
  readonly slowNoticeMs?: number;
  /** Default: the system clock. */
  readonly now?: () => Date;
}

export interface PluginRunRequest {
  /** The run_key as text. */
  readonly runId: string;
  readonly sourceKey: bigint;
  /** The earlier version of the source, where this run reads it anew. */
  readonly replaces?: bigint | undefined;
  readonly dataset: RunInfo['dataset'];
  /** Of the first attempt, also when the import is resumed. */
  readonly startedAt: Date;
  readonly signal: AbortSignal;
  /** Which plugins take part. Default: all that are ready. */
  readonly only?: (plugin: LoadedPlugin) => boolean;
}

/** A plugin and how it is doing. */
export interface PluginStatus {
  readonly plugin: LoadedPlugin;
  readonly state: 'idle' | 'ready' | 'quarantined';
  readonly error?: PluginError;
}

export interface PluginHost {
  readonly order: PluginOrder;
  /** How calls into plugins are guarded: for the parts of the host beside this file. */
  readonly guard: GuardDeps;
  statuses(): readonly PluginStatus[];
  /** Migrations and `setup`, once; later calls wait for the first. Runs and operations do it by themselves. */
  ready(): Promise<void>;
  beginRun(request: PluginRunRequest): Promise<PluginRun>;
  /** The context of a ready plugin, by name or namespace, for operations and importers. */
  contextOf(name: string, signal?: AbortSignal): Promise<PluginContext>;
  /**
   * Takes an error that nobody has caught, where the plugin can be told from its stack: it fails the imports that the
   * plugin takes part in by its policy. False where it is no plugin's. See `catchStrays`.
   */
  takeStray(error: unknown): boolean;
  /** Runs disposers in reverse order. Calls under way are aborted. */
  close(): Promise<void>;
}

const silent: Logger = { debug() {}, info() {}, warn() {}, error() {} };

/** Loads nothing by name: entries are objects, classes or factories (see `loadPlugins` for names and config files). */
export async function createPluginHost(
  entries: DataVisConfig['plugins'],
  deps: PluginHostDeps,
): Promise<PluginHost> {
  const flat = entriesOf(entries ?? []).filter((entry) => entry !== false && entry !== null && entry !== undefined);
  const plugins = await Promise.all(
    flat.map((entry) => {
      const [plugin, settings] = (Array.isArray(entry) ? entry : [entry]) as [unknown, PluginSettings?];
      return normalisePlugin(plugin, settings);
    }),
  );
  return hostOf(plugins, deps);
}

/** A host of plugins that the loader has made ready. */
export function hostOf(plugins: readonly LoadedPlugin[], deps: PluginHostDeps): PluginHost {
  const log = deps.log ?? silent;
  const order = arrangePlugins(plugins, (message) => {
    log.info(message);
  });
  for (const warning of order.plugins.flatMap(({ warnings }) => warnings)) log.warn(warning);
  return new Host(order, log, deps);
}

class Host implements PluginHost {
  readonly order: PluginOrder;
  readonly #deps: PluginHostDeps;
  readonly guard: GuardDeps;
  readonly #slots: readonly Slot[];
  readonly #closing = new AbortController();
  #ready: Promise<void> | undefined;
  readonly #runs = new Set<PluginRun>();

  constructor(order: PluginOrder, log: Logger, deps: PluginHostDeps) {
    this.order = order;
    this.#deps = deps;
    this.guard = { log, watchdog: deps.watchdog, slowNoticeMs: deps.slowNoticeMs ?? SLOW_NOTICE_MS };
    this.#slots = order.plugins.map((plugin) => new Slot(plugin, deps.database));
  }

  statuses(): readonly PluginStatus[] {
    return this.#slots.map(({ plugin, state, error }) => ({ plugin, state, ...(error && { error }) }));
  }

  ready(): Promise<void> {
    return (this.#ready ??= this.#setUp());
  }

  async #setUp(): Promise<void> {
    const { guard } = this;
    const { database } = this.#deps;
    if (this.#slots.length > 0) await ensureLedger(database);
    // One that requires another has tables only when that one is ready.
    const plugins = this.#slots.map(({ plugin }) => plugin);
    const free = plugins.filter(({ definition }) => definition.requires === undefined);
    const areMade = await ensureTablesOfAll(database, free);
    for (const slot of this.#slots) {
      const { plugin } = slot;
      const context = this.#context(slot, this.#closing.signal);
      const hasTables = areMade && free.includes(plugin);
      await slot.setUp({ guard, database, now: this.#now(), hasTables }, this.#missingRequirement(plugin), context);
    }
  }

  #missingRequirement(plugin: LoadedPlugin): string | undefined {
    return plugin.definition.requires?.find((name) => {
      if (name.endsWith('?')) return false;
      return this.#slots.find((slot) => slot.plugin.name === name)?.state !== 'ready';
    });
  }

  #now(): Date {
    return this.#deps.now?.() ?? new Date();
  }

  #context({ plugin, db }: Slot, signal: AbortSignal): PluginContext {
    return makeContext(plugin, {
      hostVersion: this.#deps.hostVersion,
      log: this.guard.log,
      db,
      storage: this.#deps.stores,
      use: (name) => this.#slots.find((slot) => slot.plugin.name === name)?.plugin.definition.api,
      signal,
    });
  }

  async contextOf(name: string, signal?: AbortSignal): Promise<PluginContext> {
    await unlessAborted(this.ready(), signal);
    const slot = this.#slots.find(({ plugin }) => plugin.name === name || plugin.namespace === name);
    if (slot === undefined) throw new PluginError('DATAVIS_PLUGIN_NOT_FOUND', `there is no plugin "${name}"`);
    if (slot.error !== undefined) throw slot.error;
    const signals = signal === undefined ? [this.#closing.signal] : [this.#closing.signal, signal];
    return this.#context(slot, AbortSignal.any(signals));
  }

  async beginRun(request: PluginRunRequest): Promise<PluginRun> {
    await unlessAborted(this.ready(), request.signal);
    const { runId, sourceKey, replaces, startedAt, dataset, only } = request;
    const { guard } = this;
    const signal = AbortSignal.any([request.signal, this.#closing.signal]);
    const dropped = this.#slots.length === 0 ? [] : await droppedImages(this.#deps.database, sourceKey);
    const run: RunInfo = { id: runId, dataset: { ...dataset }, startedAt };
    const active: ActivePlugin[] = [];
    for (const slot of this.#slots) {
      const { plugin, state } = slot;
      if (state !== 'ready' || only?.(plugin) === false) continue;
      const context = makeRun(plugin, this.#context(slot, signal), run);
      active.push({ plugin, context, ...(await startRun(guard, plugin, context)) });
    }
    const now = (): Date => this.#now();
    const onEnd = (): void => void this.#runs.delete(begun);
    const parts = { guard, runId, sourceKey, replaces, signal, now, droppedImages: dropped, onEnd };
    const begun = new PluginRun(active, parts);
    this.#runs.add(begun);
    return begun;
  }

  takeStray(error: unknown): boolean {
    const { log } = this.guard;
    const plugin = this.order.plugins.find(({ origin }) => origin !== undefined && isThrownBy(error, origin));
    if (plugin === undefined) return false;
    const { name, origin } = plugin;
    const message = `${name} failed outside of its hooks: ${messageOf(error)}`;
    const hint = `Thrown at ${thrownAt(error, origin) ?? ''}: a timer, or a promise that nothing awaits.`;
    const failure = new PluginError('DATAVIS_PLUGIN_HOOK_FAILED', message, { plugin: name, cause: error, hint });
    log.error(`${message}. ${hint}`);
    for (const run of this.#runs) run.addStray(plugin, failure);
    return true;
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#ready?.catch(() => undefined);
    for (const slot of [...this.#slots].reverse()) await slot.close(this.guard);
    await this.#deps.watchdog?.close();
  }
}
