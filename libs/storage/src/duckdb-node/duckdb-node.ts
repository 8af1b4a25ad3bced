import type { SqlCapabilities, SqlDatabase, SqlFile } from '@datavis/plugin-sdk';
import { DuckDbConnection } from './connection.js';
import { sqlError } from './errors.js';
import { WaitingBytes } from './insert-queue.js';
import { acquireInstance, type SharedInstance } from './instances.js';

export { announceServer, databaseHolder } from './holder.js';
export type { LockHolder } from './lock-file.js';

export interface DuckDbOptions {
  /** Memory of DuckDB's buffers, in bytes. Not all of the process: see the README. Default 192 MiB. */
  readonly memoryLimitBytes?: number | undefined;
  /** Threads that run queries. Default: as many as there are cores. */
  readonly threads?: number | undefined;
  /** Open an existing file for reading only. Default false. */
  readonly readOnly?: boolean | undefined;
  /** Most disk that sorts and joins may use beside the database, in bytes. Default 32 GiB. */
  readonly maxTempBytes?: number | undefined;
}

const CAPABILITIES: SqlCapabilities = { json: true, parquet: true, interrupt: true };

const MEBI = 2 ** 20;

class DuckDbDatabase implements SqlDatabase {
  readonly capabilities = CAPABILITIES;
  readonly file: SqlFile | undefined;
  readonly #shared: SharedInstance;
  readonly #maxTempBytes: number;
  readonly #connections = new Set<DuckDbConnection>();
  readonly #waiting = new WaitingBytes();
  /** Connections under way: one that came after the close would keep the instance alive behind everybody's back. */
  readonly #connecting = new Set<Promise<unknown>>();
  #closing: Promise<void> | undefined;
  /** Least memory of the process when it was to be freed. */
  #leastBytes = Infinity;

  constructor(shared: SharedInstance, { maxTempBytes = 32 * 1024 * MEBI, readOnly = false }: DuckDbOptions) {
    this.#shared = shared;
    this.#maxTempBytes = maxTempBytes;
    const { path } = shared;
    this.file = path === null || readOnly ? undefined : { path, exchange: (other) => this.#exchange(other) };
  }

  /** Settings that are ignored where they are given with the open. */
  async configure(): Promise<void> {
    const connection = await this.connect();
    await connection.run(`SET max_temp_directory_size = '${Math.floor(this.#maxTempBytes / MEBI)}MiB'`);
    await connection.close();
  }

  async #exchange(other: string): Promise<void> {
    await this.#shared.exchange(other);
    await this.configure();
  }

  /**
   * DuckDB's allocator keeps what is freed, by thread, and the rows of a commit are freed on another thread than the one
   * that takes memory for the next: an import of 8.6 million annotations ended with 270 MB that nobody used. To set the
   * limit, even to what it is, flushes the allocator: 2 to 40 ms, and as much again to take the memory anew.
   *
   * @see https://github.com/duckdb/duckdb/blob/v1.5.0/src/storage/buffer/buffer_pool.cpp (`BufferPool::SetLimit`)
   */
  async freeMemory(maxGrowthBytes = 0): Promise<void> {
    const bytes = process.memoryUsage.rss();
    this.#leastBytes = Math.min(this.#leastBytes, bytes);
    if (bytes - this.#leastBytes < maxGrowthBytes) return;
    const connection = await this.connect();
    await connection.run(`SET memory_limit = '${this.#shared.memoryLimit}'`);
    await connection.close();
  }

  async connect(): Promise<DuckDbConnection> {
    if (this.#closing !== undefined) throw sqlError('DATAVIS_STORAGE_CLOSED', 'The database is closed');
    const connecting = this.#shared.connect();
    this.#connecting.add(connecting);
    try {
      const connection = new DuckDbConnection(await connecting, this.#waiting, (closed) => {
        this.#connections.delete(closed);
        this.#shared.disconnected();
      });
      this.#connections.add(connection);
      return connection;
    } finally {
      this.#connecting.delete(connecting);
    }
  }

  close(): Promise<void> {
    this.#closing ??= (async () => {
      await Promise.allSettled(this.#connecting);
      for (const connection of [...this.#connections]) await connection.close();
      await this.#shared.release();
    })();
    return this.#closing;
  }
}

/**
 * Opens a DuckDB file, or a database in memory (`':memory:'`). A file that does not exist is made, in the storage format
 * of DuckDB 1.4, which takes half the room for text and is still read by duckdb-wasm.
 *
 * The file has one owner: a second process gets `DATAVIS_CATALOG_LOCKED`; a second call in this process shares the
 * first one's instance (its options hold).
 *
 * @example
 * ```ts
 * import { openDuckDb } from '@datavis/storage/duckdb-node';
 *
 * const database = await openDuckDb(':memory:');
 * const connection = await database.connect();
 * console.log(await connection.all('SELECT 42 AS answer')); // [ { answer: 42 } ]
 * await database.close();
 * ```
 *
 * Errors: `DATAVIS_CATALOG_LOCKED`, `DATAVIS_CATALOG_OPEN`.
 */
export async function openDuckDb(path: string, options: DuckDbOptions = {}): Promise<SqlDatabase> {
  const { memoryLimitBytes = 192 * MEBI, threads, readOnly = false } = options;
  const shared = await acquireInstance(
    path,
    {
      memory_limit: `${Math.floor(memoryLimitBytes / MEBI)}MiB`,
      // Order of rows is order of the source; keeping it costs memory only in queries that sort anyway.
      preserve_insertion_order: 'true',
      // An extension that is missing must be an error at once, never a wait for the network.
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
      ...(threads === undefined ? {} : { threads: String(threads) }),
      ...(readOnly ? { access_mode: 'READ_ONLY' } : { storage_compatibility_version: 'v1.4.0' }),
    },
    readOnly,
  );
  const database = new DuckDbDatabase(shared, options);
  await database.configure();
  return database;
}
