import type { CallOptions, ObjectStoreResolver } from './object-store.js';
import type { SqlRow, SqlValue } from './sql-driver.js';

/** A value, or a promise of one: hooks may be async or not. */
export type Awaitable<T> = T | PromiseLike<T>;
/** What a hook without a `return` gives. */
// eslint-disable-next-line @typescript-eslint/no-invalid-void-type -- the result of a method without return is void, nothing else
export type Nothing = void | undefined;
/** Undoes what `setup` did. Runs when the host closes, in reverse order. */
export type Disposer = () => Awaitable<void>;

/** Lines to the user of the host, which puts the name of the plugin before them. */
export interface Logger {
  debug(message: string, data?: object): void;
  info(message: string, data?: object): void;
  warn(message: string, data?: object): void;
  error(message: string, data?: object): void;
}

/** What a plugin gets of the host. Frozen; the same for the whole life of the host. */
export interface PluginContext<Config = unknown> {
  /** The host that the plugin runs in. */
  readonly host: {
    readonly version: string;
    readonly api: number;
    /** Whether this host knows a key of the plugin definition, such as `operations`. */
    has(feature: string): boolean;
  };
  /** The plugin itself, as the host knows it. */
  readonly plugin: { readonly name: string; readonly namespace: string; readonly version: string };
  /** The user's options after the plugin's own schema. */
  readonly config: Config;
  /** Lines to the user. */
  readonly log: Logger;
  /** The database: all of it to read, the own schema to write. */
  readonly db: PluginDb;
  /** Opens any place the host may read, by URI. */
  readonly storage: ObjectStoreResolver;
  /** The `api` of another plugin, by its name; `undefined` where it is not loaded. */
  use(this: void, pluginName: string): unknown;
  /** Aborted when the host closes or the current operation is cancelled. */
  readonly signal: AbortSignal;
}

/** Which import this is. */
export interface RunInfo {
  readonly id: string;
  readonly dataset: { readonly name: string; readonly uri: string };
  /** Use it instead of the clock, so that a run can be repeated exactly. */
  readonly startedAt: Date;
}

/** One import. Runs may overlap: keep the state of a run in the closures that `onIngestStart` returns. */
export interface IngestRun<Config = unknown> extends PluginContext<Config> {
  /** Which import this is. */
  readonly run: RunInfo;
  /** 0 to 1, seeded by dataset, plugin and config: same input, same numbers. */
  random(this: void): number;
}

/** SQL for plugins. A guard rail, not a wall: a plugin runs with the rights of the process. */
export interface PluginDb {
  /** The plugin's own schema, such as `plg_box_stats`. */
  readonly schema: string;
  /** One SELECT over anything in the database. Values are bound as `$1`, `$2`, … */
  query<R extends SqlRow = SqlRow>(sql: string, params?: readonly SqlValue[], options?: CallOptions): Promise<R[]>;
  /** One statement that changes data or tables of the own schema; names without a schema mean that schema. */
  exec(sql: string, params?: readonly SqlValue[], options?: CallOptions): Promise<void>;
}
