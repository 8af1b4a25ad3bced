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
import {
  type DataVisConfig,
  type Disposer,
  type IngestRun,
  type Logger,
  type ObjectStoreResolver,
  type PluginContext,
  type PluginSettings,
  type RunHooks,
  type RunInfo,
  type SqlDatabase,
} from '@datavis/plugin-sdk';
import { makeContext, makeRun } from './context.js';
import { entriesOf } from './entries.js';
import { messageOf, PluginError } from './errors.js';
import { callPlugin, SLOW_NOTICE_MS, type GuardDeps } from './guard.js';
import type { LoadedPlugin } from './loaded-plugin.js';
import { normalisePlugin } from './normalise.js';
import { orderPlugins, withoutDuplicates, type PluginOrder } from './order.js';
import { SchemaDb } from './plugin-db.js';
import { idKey, PluginRun, type ActivePlugin } from './plugin-run.js';
import { ensureLedger, migrate } from './tables.js';
import type { Watchdog } from './watchdog.js';

/** Longest time a `setup` may take. */
export const SETUP_DEADLINE_MS = 60_000;

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
  readonly dataset: RunInfo['dataset'];
  /** Of the first attempt, also when the import is resumed. */
  readonly startedAt: Date;
  readonly signal: AbortSignal;
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
  const unique = withoutDuplicates(plugins, (message) => {
    log.info(message);
  });
  return new Host(orderPlugins(unique), log, deps);
}

interface Slot {
  readonly plugin: LoadedPlugin;
  readonly db: SchemaDb;
  state: PluginStatus['state'];
  error?: PluginError;
  dispose?: Disposer;
}

class Host implements PluginHost {
  readonly order: PluginOrder;
  readonly #deps: PluginHostDeps;
  readonly #log: Logger;
  readonly guard: GuardDeps;
  readonly #slots: readonly Slot[];
  readonly #closing = new AbortController();
  #ready: Promise<void> | undefined;

  constructor(order: PluginOrder, log: Logger, deps: PluginHostDeps) {
    this.order = order;
    this.#deps = deps;
    this.#log = log;
    this.guard = { log, watchdog: deps.watchdog, slowNoticeMs: deps.slowNoticeMs ?? SLOW_NOTICE_MS };
    this.#slots = order.plugins.map((plugin) => ({
      plugin,
      db: new SchemaDb(plugin, deps.database),
      state: 'idle',
    }));
  }

  statuses(): readonly PluginStatus[] {
    return this.#slots.map(({ plugin, state, error }) => ({ plugin, state, ...(error && { error }) }));
  }

  ready(): Promise<void> {
    return (this.#ready ??= this.#setUp());
  }

  async #setUp(): Promise<void> {
    for (const slot of this.#slots) {
      const { plugin } = slot;
      try {
        const missing = this.#missingRequirement(plugin);
        if (missing !== undefined) throw setupError(plugin, `${missing} is not ready`);
        await migrate(this.#deps.database, plugin, this.#now());
        const { signal } = this.#closing;
        const call = {
          plugin,
          hook: 'setup',
          code: 'DATAVIS_PLUGIN_SETUP_FAILED',
          deadlineMs: plugin.deadlineMs ?? SETUP_DEADLINE_MS,
          signal,
        } as const;
        const context = this.#context(slot, signal);
        const disposer = await callPlugin(this.guard, call, () => plugin.definition.setup?.(context));
        if (typeof disposer === 'function') slot.dispose = disposer;
        slot.state = 'ready';
      } catch (error) {
        if (plugin.required || !(error instanceof PluginError)) throw error;
        slot.state = 'quarantined';
        slot.error = error;
        this.#log.error(`${error.message}; the plugin is not used`);
      }
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
      log: this.#log,
      db,
      storage: this.#deps.stores,
      use: (name) => this.#slots.find((slot) => slot.plugin.name === name)?.plugin.definition.api,
      signal,
    });
  }

  async contextOf(name: string, signal?: AbortSignal): Promise<PluginContext> {
    await this.ready();
    const slot = this.#slots.find(({ plugin }) => plugin.name === name || plugin.namespace === name);
    if (slot === undefined) throw new PluginError('DATAVIS_PLUGIN_NOT_FOUND', `there is no plugin "${name}"`);
    if (slot.error !== undefined) throw slot.error;
    const signals = signal === undefined ? [this.#closing.signal] : [this.#closing.signal, signal];
    return this.#context(slot, AbortSignal.any(signals));
  }

  async beginRun(request: PluginRunRequest): Promise<PluginRun> {
    await this.ready();
    const { runId, sourceKey, startedAt, dataset } = request;
    const signal = AbortSignal.any([request.signal, this.#closing.signal]);
    const droppedImages = this.#slots.length === 0 ? [] : await this.#droppedImages(sourceKey);
    const run: RunInfo = { id: runId, dataset: { ...dataset }, startedAt };
    const active: ActivePlugin[] = [];
    for (const slot of this.#slots) {
      if (slot.state !== 'ready') continue;
      const context = makeRun(slot.plugin, this.#context(slot, signal), run);
      active.push({ plugin: slot.plugin, context, hooks: await this.#startRun(slot.plugin, context) });
    }
    const now = (): Date => this.#now();
    return new PluginRun(active, { guard: this.guard, runId, sourceKey, signal, now, droppedImages });
  }

  /** The hooks of one run: those that `onIngestStart` returned, else the plugin's own. */
  async #startRun(plugin: LoadedPlugin, context: IngestRun): Promise<RunHooks> {
    const { definition } = plugin;
    const call = {
      plugin,
      hook: 'onIngestStart',
      code: 'DATAVIS_PLUGIN_HOOK_FAILED',
      signal: context.signal,
    } as const;
    try {
      const hooks = await callPlugin(this.guard, call, () => definition.onIngestStart?.(context));
      return hooks === undefined ? definition : { ...boundHooks(definition), ...hooks };
    } catch (error) {
      if (context.signal.aborted || plugin.policy !== 'disable') throw error;
      this.#log.error(`${messageOf(error)}; the plugin is off for this import`);
      return {};
    }
  }

  async #droppedImages(sourceKey: bigint): Promise<string[]> {
    const connection = await this.#deps.database.connect();
    try {
      await ensureLedger(connection);
      const rows = await connection.all<{ id: bigint | null; id_text: string | null }>(
        "SELECT id, id_text FROM _datavis.plugin_drops WHERE source_key = $1 AND section = 'images'",
        [sourceKey],
      );
      return rows.flatMap(({ id, id_text }) => idKey(id, id_text) ?? []);
    } finally {
      await connection.close();
    }
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#ready?.catch(() => undefined);
    for (const { plugin, dispose } of [...this.#slots].reverse()) {
      if (dispose === undefined) continue;
      const call = {
        plugin,
        hook: 'dispose',
        code: 'DATAVIS_PLUGIN_HOOK_FAILED',
        signal: new AbortController().signal,
        deadlineMs: plugin.deadlineMs ?? SETUP_DEADLINE_MS,
      } as const;
      try {
        await callPlugin(this.guard, call, dispose);
      } catch (error) {
        this.#log.error(messageOf(error));
      }
    }
    await this.#deps.watchdog?.close();
  }
}

function setupError(plugin: LoadedPlugin, message: string): PluginError {
  return new PluginError('DATAVIS_PLUGIN_SETUP_FAILED', `${plugin.name}: ${message}`, { plugin: plugin.name });
}

/** Methods of a definition or class instance, callable apart from it. */
function boundHooks(definition: RunHooks): RunHooks {
  const names = [
    'onCategories',
    'onImages',
    'onAnnotations',
    'onImageDecoded',
    'onIngestEnd',
    'onIngestError',
  ] as const;
  const bound: Record<string, unknown> = {};
  for (const name of names) bound[name] = definition[name]?.bind(definition);
  return bound;
}
