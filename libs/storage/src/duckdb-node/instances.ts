import { existsSync, realpathSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { sqlError } from './errors.js';
import { registerFeed } from './feed.js';
import { LockFile, lockedError } from './lock-file.js';
import type { LockHolder } from './lock-file.js';

/**
 * The only module that opens DuckDB files. Two instances on one file in one process raise no error and corrupt the
 * file, so every file is opened once and shared.
 */
export interface SharedInstance {
  readonly instance: DuckDBInstance;
  /** The last one to release closes the file. */
  release(): Promise<void>;
}

interface Entry {
  readonly opening: Promise<DuckDBInstance>;
  readonly readOnly: boolean;
  users: number;
}

const open = new Map<string, Entry>();

/** One name for one file, also when the file does not exist yet or is reached by a link. */
function canonical(path: string): string {
  const absolute = resolve(path);
  if (existsSync(absolute)) return realpathSync(absolute);
  const folder = dirname(absolute);
  return join(existsSync(folder) ? realpathSync(folder) : folder, basename(absolute));
}

async function create(path: string, config: Record<string, string>): Promise<DuckDBInstance> {
  try {
    const instance = await DuckDBInstance.create(path, config);
    const connection = await instance.connect();
    registerFeed(connection);
    connection.closeSync();
    return instance;
  } catch (error) {
    if (/lock/i.test(String(error))) throw lockedError(path, new LockFile(path).holder(), error);
    throw sqlError('DATAVIS_CATALOG_OPEN', `The database cannot be opened: ${path}`, {
      cause: error,
      hint: 'Is it a DuckDB file, and may it be read and written? A file of a newer DuckDB needs a newer DataVis.',
      place: { uri: path },
    });
  }
}

async function openFile(path: string, config: Record<string, string>, readOnly: boolean): Promise<DuckDBInstance> {
  const lock = new LockFile(path);
  lock.assertFree();
  const instance = await create(path, config);
  if (!readOnly) lock.take();
  return instance;
}

async function closeFile(path: string, { opening, readOnly }: Entry): Promise<void> {
  const instance = await opening;
  if (!readOnly) {
    // Closing checkpoints on the event loop; done here first, it happens in a thread of the pool.
    const connection = await instance.connect();
    await connection.run('CHECKPOINT').catch(() => undefined); // A full disk keeps the log: nothing is lost.
    connection.closeSync();
  }
  instance.closeSync();
  if (!readOnly) new LockFile(path).release();
}

/** A database in memory is nobody else's. */
async function openMemory(config: Record<string, string>): Promise<SharedInstance> {
  const instance = await create(':memory:', config);
  return {
    instance,
    release: () => {
      instance.closeSync();
      return Promise.resolve();
    },
  };
}

/**
 * Who holds a database: the living process that its lock file names, which may be this one. Undefined where nobody is
 * known to; a process of another machine cannot be asked and is not told.
 */
export function databaseHolder(path: string): LockHolder | undefined {
  return path === ':memory:' ? undefined : new LockFile(canonical(path)).livingHolder();
}

/** Lets processes that find the database held know where this one serves it. It must be open for writing here. */
export function announceServer(path: string, url: string): void {
  if (open.get(canonical(path))?.readOnly === false) new LockFile(canonical(path)).take(url);
}

export async function acquireInstance(
  path: string,
  config: Record<string, string>,
  readOnly: boolean,
): Promise<SharedInstance> {
  if (path === ':memory:') return openMemory(config);
  const name = canonical(path);
  let entry = open.get(name);
  if (entry === undefined) {
    entry = { opening: openFile(name, config, readOnly), readOnly, users: 0 };
    open.set(name, entry);
  } else if (entry.readOnly && !readOnly) {
    throw lockedError(name, undefined, new Error('open for reading only in this process'));
  }
  entry.users++;
  const used = entry;
  const release = async (): Promise<void> => {
    used.users--;
    if (used.users > 0) return;
    // Out of the map only when closed: an opener that comes meanwhile must not get a second instance.
    await closeFile(name, used).finally(() => open.delete(name));
  };
  try {
    return { instance: await used.opening, release };
  } catch (error) {
    open.delete(name);
    throw error;
  }
}
