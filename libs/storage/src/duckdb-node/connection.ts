import type { DuckDBConnection } from '@duckdb/node-api';
import type { AppendColumns, CallOptions, SqlBatch, SqlConnection, SqlRow, SqlValue } from '@datavis/plugin-sdk';
import { isDataVisError } from '@datavis/plugin-sdk';
import { shortSql, sqlError } from './errors.js';
import { readBatch } from './read-batch.js';
import { TableAppender } from './table-appender.js';
import { bindings } from './values.js';

/** One connection of DuckDB's. Statements of one connection run one after the other. */
export class DuckDbConnection implements SqlConnection {
  readonly #connection: DuckDBConnection;
  readonly #onClose: (connection: DuckDbConnection) => void;
  #appenders: Map<string, TableAppender> | undefined;
  /** A statement failed inside the open transaction: its COMMIT would return normally and store nothing. */
  #lost: unknown;
  #closed = false;

  constructor(connection: DuckDBConnection, onClose: (connection: DuckDbConnection) => void) {
    this.#connection = connection;
    this.#onClose = onClose;
  }

  async run(sql: string, params: readonly SqlValue[] = [], options: CallOptions = {}): Promise<number> {
    const { values, types } = bindings(params);
    return this.#guarded(sql, options.signal, async () => {
      this.#flush();
      return (await this.#connection.run(sql, values, types)).rowsChanged;
    });
  }

  async all<R extends SqlRow = SqlRow>(
    sql: string,
    params: readonly SqlValue[] = [],
    options: CallOptions = {},
  ): Promise<R[]> {
    const { values, types } = bindings(params);
    return this.#guarded(sql, options.signal, async () => {
      this.#flush();
      const reader = await this.#connection.runAndReadAll(sql, values, types);
      return reader.getRowObjectsJS() as R[];
    });
  }

  async *batches(
    sql: string,
    params: readonly SqlValue[] = [],
    options: CallOptions = {},
  ): AsyncGenerator<SqlBatch> {
    const { signal } = options;
    const { values, types } = bindings(params);
    const result = await this.#guarded(sql, signal, () => this.#connection.stream(sql, values, types));
    const names = result.deduplicatedColumnNames();
    for (;;) {
      const chunk = await this.#guarded(sql, signal, () => result.fetchChunk());
      if (chunk === null || chunk.rowCount === 0) return;
      yield readBatch(chunk, names);
    }
  }

  async append(table: string, columns: AppendColumns, length: number): Promise<void> {
    const appenders = this.#appenders;
    if (appenders === undefined) {
      throw sqlError('DATAVIS_STORAGE_NO_TRANSACTION', 'Rows are appended inside of a transaction only');
    }
    await this.#guarded(`append to ${table}`, undefined, async () => {
      let appender = appenders.get(table);
      if (appender === undefined) {
        appender = await TableAppender.open(this.#connection, table);
        appenders.set(table, appender);
      }
      appender.append(columns, length);
    });
  }

  async transaction<T>(work: () => Promise<T>): Promise<T> {
    if (this.#appenders !== undefined) {
      throw sqlError('DATAVIS_STORAGE_NESTED_TRANSACTION', 'A transaction is open on this connection already');
    }
    await this.run('BEGIN');
    this.#appenders = new Map();
    this.#lost = undefined;
    try {
      const result = await work();
      for (const appender of this.#appenders.values()) appender.close();
      this.#appenders.clear();
      this.#assertNothingLost();
      await this.run('COMMIT');
      return result;
    } catch (error) {
      await this.#rollback();
      throw isDataVisError(error) || !isEngineError(error) ? error : this.#wrap('COMMIT', error);
    } finally {
      this.#appenders = undefined;
      this.#lost = undefined;
    }
  }

  close(): Promise<void> {
    if (!this.#closed) this.#connection.closeSync();
    this.#closed = true;
    this.#onClose(this);
    return Promise.resolve();
  }

  /** Statements of a transaction see what was appended before them. */
  #flush(): void {
    for (const appender of this.#appenders?.values() ?? []) appender.close();
    this.#appenders?.clear();
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
    for (const appender of this.#appenders?.values() ?? []) {
      try {
        appender.discard();
      } catch {
        // What it held goes with the transaction.
      }
    }
    // After a failed COMMIT there is no transaction any more, and ROLLBACK says so.
    await this.#connection.run('ROLLBACK').catch(() => undefined);
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
