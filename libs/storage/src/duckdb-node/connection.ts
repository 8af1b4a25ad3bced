import type { DuckDBConnection } from '@duckdb/node-api';
import type {
  AppendColumns,
  CallOptions,
  SqlBatch,
  SqlConnection,
  SqlRow,
  SqlValue,
  StreamOptions,
} from '@datavis/plugin-sdk';
import { isDataVisError } from '@datavis/plugin-sdk';
import { shortSql, sqlError } from './errors.js';
import { TableFeed } from './feed.js';
import { InsertQueue, type WaitingBytes } from './insert-queue.js';
import { InsertionOrder } from './insertion-order.js';
import { readBatch, readRows } from './read-batch.js';
import { bindings } from './values.js';

/** One connection of DuckDB's. Statements of one connection run one after the other. */
export class DuckDbConnection implements SqlConnection {
  readonly #connection: DuckDBConnection;
  readonly #onClose: (connection: DuckDbConnection) => void;
  /** Tables appended to in the open transaction; undefined outside of one. */
  #feeds: Map<string, TableFeed> | undefined;
  readonly #inserts: InsertQueue;
  readonly #order: InsertionOrder;
  /** A statement failed inside the open transaction: its COMMIT would return normally and store nothing. */
  #lost: unknown;
  #closed = false;

  constructor(
    connection: DuckDBConnection,
    waiting: WaitingBytes,
    onClose: (connection: DuckDbConnection) => void,
  ) {
    this.#connection = connection;
    this.#inserts = new InsertQueue(waiting);
    this.#order = new InsertionOrder(connection);
    this.#onClose = onClose;
  }

  async run(sql: string, params: readonly SqlValue[] = [], options: CallOptions = {}): Promise<number> {
    const { values, types } = bindings(params);
    await this.#flush();
    return this.#guarded(sql, options.signal, async () => {
      const { rowsChanged } = await this.#connection.run(sql, values, types);
      if (this.#feeds !== undefined) this.#order.note(sql, rowsChanged);
      return rowsChanged;
    });
  }

  async all<R extends SqlRow = SqlRow>(
    sql: string,
    params: readonly SqlValue[] = [],
    options: CallOptions = {},
  ): Promise<R[]> {
    const { values, types } = bindings(params);
    await this.#flush();
    return this.#guarded(sql, options.signal, async () => {
      // Two trips to the thread pool, prepare and run; the library's runAndReadAll makes five, and where an import keeps
      // the event loop busy each of them waits for its turn.
      const prepared = await this.#connection.prepare(sql);
      try {
        prepared.bind(values, types);
        if (this.#feeds !== undefined) this.#order.note(sql, 0);
        return readRows(await prepared.run()) as R[];
      } finally {
        prepared.destroySync();
      }
    });
  }

  async *batches(
    sql: string,
    params: readonly SqlValue[] = [],
    options: StreamOptions = {},
  ): AsyncGenerator<SqlBatch> {
    const { signal, typedLists } = options;
    const { values, types } = bindings(params);
    await this.#flush();
    if (this.#feeds !== undefined) this.#order.note(sql, 0);
    const result = await this.#guarded(sql, signal, () => this.#connection.stream(sql, values, types));
    const names = result.deduplicatedColumnNames();
    const fetch = (): ReturnType<typeof result.fetchChunk> => {
      const chunk = this.#guarded(sql, signal, () => result.fetchChunk());
      chunk.catch(() => undefined); // Awaited one round later; until then a failure is not unhandled.
      return chunk;
    };
    let ahead = fetch();
    let isBrokenOff = false;
    try {
      for (;;) {
        const chunk = await ahead;
        // An interrupted stream may look as if it had come to its end.
        signal?.throwIfAborted();
        if (chunk === null || chunk.rowCount === 0) return;
        // DuckDB makes the next chunk in a thread of its own while the caller is at work on this one.
        ahead = fetch();
        isBrokenOff = true;
        yield readBatch(chunk, names, typedLists);
        isBrokenOff = false;
      }
    } finally {
      // The chunk that nobody will see may be long in coming. Inside of a transaction it is waited for, since an interrupt
      // would end the transaction too.
      if (isBrokenOff && this.#feeds === undefined) this.#connection.interrupt();
      await ahead.catch(() => undefined);
    }
  }

  async append(table: string, columns: AppendColumns, length: number, onCopied?: () => void): Promise<void> {
    const feeds = this.#feeds;
    if (feeds === undefined) {
      throw sqlError('DATAVIS_STORAGE_NO_TRANSACTION', 'Rows are appended inside of a transaction only');
    }
    if (length === 0) return;
    await this.#guarded(`append to ${table}`, undefined, async () => {
      let feed = feeds.get(table);
      if (feed === undefined) {
        await this.#inserts.idle();
        feed = await TableFeed.open(this.#connection, this.#order, table);
        feeds.set(table, feed);
      }
      feed.add(columns, length, onCopied);
      if (feed.isFull) await this.#inserts.add(feed.take());
    });
  }

  async transaction<T>(work: () => Promise<T>): Promise<T> {
    if (this.#feeds !== undefined) {
      throw sqlError('DATAVIS_STORAGE_NESTED_TRANSACTION', 'A transaction is open on this connection already');
    }
    await this.run('BEGIN');
    this.#feeds = new Map();
    this.#lost = undefined;
    this.#order.begin();
    try {
      const result = await work();
      await this.#flush();
      this.#assertNothingLost();
      await this.run('COMMIT');
      return result;
    } catch (error) {
      await this.#rollback();
      throw isDataVisError(error) || !isEngineError(error) ? error : this.#wrap('COMMIT', error);
    } finally {
      this.#feeds = undefined;
      this.#lost = undefined;
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    // An insert that runs waits for the event loop to hand it rows: to disconnect now would stop both.
    await this.#inserts.reset();
    this.#connection.closeSync();
    this.#onClose(this);
  }

  /** Statements of a transaction see what was appended before them. */
  async #flush(): Promise<void> {
    if (this.#feeds === undefined || this.#feeds.size === 0) return;
    const feeds = this.#feeds;
    await this.#guarded('append', undefined, async () => {
      await this.#inserts.idle();
      for (const feed of feeds.values()) await feed.take().insert();
      await this.#order.keep(true);
    });
  }

  #assertNothingLost(): void {
    if (this.#lost === undefined) return;
    throw sqlError(
      'DATAVIS_STORAGE_COMMIT_LOST',
      'A statement failed inside of the transaction, so it stores nothing',
      {
        cause: this.#lost,
        hint: 'Let the error of the statement pass out of the transaction.',
      },
    );
  }

  async #rollback(): Promise<void> {
    this.#feeds = undefined;
    await this.#inserts.reset();
    // After a failed COMMIT there is no transaction any more, and ROLLBACK says so.
    await this.#connection.run('ROLLBACK').catch(() => undefined);
    // Inside of a transaction that has failed, nothing can be set.
    await this.#order.keep(true).catch(() => undefined);
  }

  async #guarded<T>(sql: string, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    signal?.throwIfAborted();
    if (this.#closed) throw sqlError('DATAVIS_STORAGE_CLOSED', 'The connection is closed');
    const interrupt = (): void => {
      this.#connection.interrupt();
    };
    signal?.addEventListener('abort', interrupt);
    try {
      return await work();
    } catch (error) {
      this.#lost = error;
      signal?.throwIfAborted();
      throw isDataVisError(error) ? error : this.#wrap(sql, error);
    } finally {
      signal?.removeEventListener('abort', interrupt);
    }
  }

  #wrap(sql: string, cause: unknown): Error {
    const said = cause instanceof Error ? cause.message : String(cause);
    return sqlError('DATAVIS_STORAGE_SQL', `${said.split('\n')[0] ?? said} (in: ${shortSql(sql)})`, { cause });
  }
}

/** Errors of the engine come as plain Errors whose message begins with their kind. */
function isEngineError(error: unknown): boolean {
  return error instanceof Error && /^(\w+ )+Error:/.test(error.message);
}
