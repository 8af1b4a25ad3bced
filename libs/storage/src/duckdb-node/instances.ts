import { existsSync, renameSync } from 'node:fs';
import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { canonicalPath } from './canonical-path.js';
import { sqlError } from './errors.js';
import { holdDatabase, letDatabaseGo } from '../live-databases.js';
import { LockFile, lockedError } from './lock-file.js';
import { openInstance, openWritable, type InstanceConfig } from './open-instance.js';

/**
 * Two instances on one file in one process raise no error and corrupt the file, so every file is opened once, here, and
 * shared.
 */
export interface SharedInstance {
  /** Absolute path of the file; `null` for a database in memory. */
  readonly path: string | null;
  /** As it was given to DuckDB: what it shows of it is rounded down. */
  readonly memoryLimit: string;
  /** A new connection; `disconnected` is called once it is closed. */
  connect(): Promise<DuckDBConnection>;
  disconnected(): void;
  /** See `SqlFile.exchange`. */
  exchange(path: string): Promise<void>;
  /** The last one to release closes the file. */
  release(): Promise<void>;
}

interface Entry {
  opening: Promise<DuckDBInstance>;
  readonly config: InstanceConfig;
  readonly readOnly: boolean;
  users: number;
  connections: number;
  /** Called at the moment when the last connection is closed. */
  onIdle: (() => void) | undefined;
  /** Set once the last user has released it: settles when the file is closed. */
  closing: Promise<void> | undefined;
}

/** How long an exchange waits for a moment without connections. */
const IDLE_TIMEOUT_MS = 30_000;

const open = new Map<string, Entry>();

async function openFile(path: string, config: InstanceConfig, readOnly: boolean): Promise<DuckDBInstance> {
  const lock = new LockFile(path);
  lock.assertFree();
  const instance = await (readOnly ? openInstance(path, config, true) : openWritable(path, config));
  try {
    if (!readOnly) lock.take();
    holdDatabase(path);
    return instance;
  } catch (error) {
    instance.closeSync();
    throw sqlError('DATAVIS_CATALOG_OPEN', `The lock file beside the database cannot be written: ${path}.lock`, {
      cause: error,
      hint: 'May the folder of the database be written, and is there room on its disk?',
      place: { uri: path },
    });
  }
}

async function closeInstance({ opening, readOnly }: Entry): Promise<void> {
  const instance = await opening;
  if (!readOnly) {
    // Closing checkpoints on the event loop; done here first, it happens in a thread of the pool.
    const connection = await instance.connect();
    await connection.run('CHECKPOINT').catch(() => undefined); // A full disk keeps the log: nothing is lost.
    connection.closeSync();
  }
  instance.closeSync();
}

async function closeFile(path: string, entry: Entry): Promise<void> {
  try {
    await closeInstance(entry);
  } finally {
    letDatabaseGo(path);
    // Also where it did not open again after an exchange: else this process would lock itself out.
    if (!entry.readOnly) new LockFile(path).release();
  }
}

/** Calls `then` at a moment when nobody has a connection, before anybody can open the next one. */
function idle(name: string, entry: Entry, then: () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      entry.onIdle = undefined;
      const error = sqlError('DATAVIS_STORAGE_BUSY', `${name} had a connection open all the time`, {
        hint: 'Try again when less is asked of the database, or while no server runs.',
        place: { uri: name },
      });
      reject(error);
    }, IDLE_TIMEOUT_MS);
    entry.onIdle = () => {
      entry.onIdle = undefined;
      clearTimeout(timer);
      then();
      resolve();
    };
    if (entry.connections === 0) entry.onIdle();
  });
}

/**
 * Puts another database file in the place of an open one, by rename, at a moment when nobody has a connection. Whoever
 * connects meanwhile waits the few milliseconds that it takes. The lock file stays ours throughout.
 */
async function exchangeFile(name: string, entry: Entry, other: string): Promise<void> {
  let failure: { readonly error: unknown } | undefined;
  const before = { ...entry };
  await idle(name, entry, () => {
    // From here on, whoever connects waits for this promise.
    entry.opening = (async () => {
      await closeInstance(before);
      try {
        // A log that could not be written into its file must not be read with the new one.
        if (existsSync(`${name}.wal`)) throw new Error('its log could not be written into it');
        renameSync(other, name);
      } catch (error) {
        failure = { error };
      }
      return openInstance(name, entry.config, entry.readOnly);
    })();
  });
  await entry.opening;
  if (failure === undefined) return;
  throw sqlError('DATAVIS_STORAGE_EXCHANGE', `${name} stays as it was: ${String(failure.error)}`, {
    cause: failure.error,
    place: { uri: name },
    hint: 'Is there room on the disk, and may its folder be written?',
  });
}

/** A database in memory is nobody else's. */
async function openMemory(config: InstanceConfig): Promise<SharedInstance> {
  const instance = await openInstance(':memory:', config, false);
  return {
    path: null,
    memoryLimit: config.memory_limit,
    connect: () => instance.connect(),
    disconnected: () => undefined,
    exchange: () => Promise.reject(sqlError('DATAVIS_STORAGE_EXCHANGE', 'A database in memory has no file')),
    release: () => {
      instance.closeSync();
      return Promise.resolve();
    },
  };
}

export async function acquireInstance(
  path: string,
  config: InstanceConfig,
  readOnly: boolean,
): Promise<SharedInstance> {
  if (path === ':memory:') return openMemory(config);
  const name = canonicalPath(path);
  let entry = open.get(name);
  // An instance that is being closed is nobody's to share, and a second one beside it would corrupt the file.
  while (entry?.closing !== undefined) {
    await entry.closing.catch(() => undefined);
    entry = open.get(name);
  }
  if (entry === undefined) {
    entry = {
      opening: openFile(name, config, readOnly),
      config,
      readOnly,
      users: 0,
      connections: 0,
      onIdle: undefined,
      closing: undefined,
    };
    open.set(name, entry);
  } else if (entry.readOnly && !readOnly) {
    throw lockedError(name, undefined, new Error('open for reading only in this process'));
  }
  entry.users++;
  const used = entry;
  const release = async (): Promise<void> => {
    used.users--;
    if (used.users > 0) return;
    used.closing = closeFile(name, used).finally(() => {
      forget(name, used);
    });
    await used.closing;
  };
  try {
    await used.opening;
    return {
      path: name,
      memoryLimit: used.config.memory_limit,
      async connect() {
        // Counted first: an exchange must not begin between the two.
        used.connections++;
        try {
          return await (await used.opening).connect();
        } catch (error) {
          used.connections--;
          throw error;
        }
      },
      disconnected: () => {
        used.connections--;
        if (used.connections === 0) used.onIdle?.();
      },
      exchange: (other) => exchangeFile(name, used, other),
      release,
    };
  } catch (error) {
    forget(name, used);
    throw error;
  }
}

/** Takes an instance out of the map, and never one that came after it. */
function forget(name: string, entry: Entry): void {
  if (open.get(name) === entry) open.delete(name);
}
