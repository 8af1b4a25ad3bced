import { MAX_BATCH_ROWS } from '@datavis/plugin-sdk';
import type { AppendColumns, CallOptions, SqlBatch, SqlConnection, SqlRow, SqlValue } from '@datavis/plugin-sdk';
import { RecordBatchReader, tableFromIPC } from 'apache-arrow';
import { toArrowIpc } from './arrow-columns.js';
import { toSqlBatch } from './arrow-rows.js';
import { bindMarks } from './bind.js';
import type { WasmBindings } from './bindings.js';
import { appendLost, closedError, commitLost, engineError, nestedTransaction, noTransaction } from './errors.js';

/** What was appended to a table since its rows were last counted. */
interface Appended {
  readonly names: readonly string[];
  readonly before: number;
  rows: number;
}

/** One connection of the blocking engine: every call runs to its end before it returns. */
export class WasmConnection implements SqlConnection {
  readonly #bindings: WasmBindings;
  readonly #connection: number;
  readonly #appended = new Map<string, Appended>();
  #inTransaction = false;
  #closed = false;

  constructor(bindings: WasmBindings) {
    this.#bindings = bindings;
    this.#connection = bindings.connect().useUnsafe((_bindings, connection) => connection);
  }

  run(sql: string, params: readonly SqlValue[] = [], options: CallOptions = {}): Promise<number> {
    return settle(options, () => {
      this.#checkAppended();
      const changed = tableFromIPC(this.#query(sql, params)).getChild('Count')?.get(0) as unknown;
      return Number(changed ?? 0);
    });
  }

  all<R extends SqlRow = SqlRow>(
    sql: string,
    params: readonly SqlValue[] = [],
    options: CallOptions = {},
  ): Promise<R[]> {
    return settle(options, () =>
      tableFromIPC(this.#query(sql, params))
        .batches.map(toSqlBatch)
        .flatMap(({ length, names, columns }) =>
          Array.from(
            { length },
            (_, row) => Object.fromEntries(names.map((name, at) => [name, columns[at]?.[row]])) as unknown as R,
          ),
        ),
    );
  }

  async *batches(
    sql: string,
    params: readonly SqlValue[] = [],
    { signal }: CallOptions = {},
  ): AsyncGenerator<SqlBatch> {
    const chunks = this.#stream(sql, params);
    try {
      for (const batch of RecordBatchReader.from(chunks)) {
        for (let from = 0; from < batch.numRows; from += MAX_BATCH_ROWS) {
          signal?.throwIfAborted();
          yield toSqlBatch(batch.slice(from, from + MAX_BATCH_ROWS));
        }
        // The engine blocks: without this pause a long result would keep timers and sockets waiting.
        await new Promise((resolve) => setTimeout(resolve, 0));
      }
      signal?.throwIfAborted();
    } finally {
      chunks.return(undefined);
    }
  }

  append(table: string, columns: AppendColumns, length: number, onCopied?: () => void): Promise<void> {
    return settle({}, () => {
      if (!this.#inTransaction) throw noTransaction(table);
      const appended = this.#appendedTo(table);
      const unknown = Object.keys(columns).filter((name) => !appended.names.includes(name));
      if (unknown.length > 0) throw engineError(`Table ${table} has no column ${unknown.join(', ')}`, 'append');
      const [name, schema = 'main'] = table.split('.').reverse();
      this.#guard(`append to ${table}`, () => {
        this.#bindings.insertArrowFromIPCStream(this.#connection, toArrowIpc(columns, appended.names, length), {
          name: name ?? table,
          schema,
          create: false,
        });
      });
      appended.rows += length;
      onCopied?.();
    });
  }

  async transaction<T>(work: () => Promise<T>): Promise<T> {
    if (this.#inTransaction) throw nestedTransaction();
    this.#query('BEGIN');
    this.#inTransaction = true;
    try {
      const id = this.#transactionId();
      const result = await work();
      this.#checkAppended();
      if (this.#transactionId() !== id) throw commitLost();
      this.#query('COMMIT');
      return result;
    } catch (error) {
      this.#rollback();
      throw error;
    } finally {
      this.#appended.clear();
      this.#inTransaction = false;
    }
  }

  close(): Promise<void> {
    if (!this.#closed) this.#bindings.disconnect(this.#connection);
    this.#closed = true;
    return Promise.resolve();
  }

  /** A failed statement ends the transaction silently: then even this question fails. */
  #transactionId(): unknown {
    try {
      return tableFromIPC(this.#query('SELECT txid_current() AS id')).getChild('id')?.get(0);
    } catch (error) {
      throw commitLost(error);
    }
  }

  #rollback(): void {
    try {
      this.#query('ROLLBACK');
    } catch {
      // A COMMIT that failed has rolled back already; the error on its way out says why.
    }
  }

  #appendedTo(table: string): Appended {
    let appended = this.#appended.get(table);
    if (appended === undefined) {
      const names = this.#column<string>(`SELECT column_name AS v FROM (DESCRIBE ${table})`);
      appended = { names, before: this.#count(table), rows: 0 };
      this.#appended.set(table, appended);
    }
    return appended;
  }

  /** duckdb-wasm can drop an Arrow stream without an error: what arrived is counted before anything depends on it. */
  #checkAppended(): void {
    for (const [table, { before, rows }] of this.#appended) {
      const arrived = this.#count(table) - before;
      if (arrived !== rows) throw appendLost(table, rows, arrived);
    }
    this.#appended.clear();
  }

  #count(table: string): number {
    return Number(this.#column<bigint>(`SELECT count(*) AS v FROM ${table}`)[0]);
  }

  #column<T>(sql: string): T[] {
    return Array.from((tableFromIPC(this.#query(sql)).getChild('v') ?? []) as Iterable<T>);
  }

  #query(sql: string, params: readonly SqlValue[] = []): Uint8Array {
    const bindings = this.#bindings;
    if (params.length === 0) return this.#guard(sql, () => bindings.runQuery(this.#connection, sql));
    return this.#prepared(sql, params, (statement, values) =>
      bindings.runPrepared(this.#connection, statement, values),
    );
  }

  *#stream(sql: string, params: readonly SqlValue[]): Generator<Uint8Array, undefined> {
    const bindings = this.#bindings;
    const connection = this.#connection;
    let done = false;
    try {
      yield params.length > 0
        ? this.#prepared(sql, params, (statement, values) => bindings.sendPrepared(connection, statement, values))
        : this.#guard(sql, () => {
            let header = bindings.startPendingQuery(connection, sql, true);
            while (header === null) header = bindings.pollPendingQuery(connection);
            return header;
          });
      for (;;) {
        const chunk = this.#guard(sql, () => bindings.fetchQueryResults(connection));
        if (chunk?.length === 0) break;
        if (chunk !== null) yield chunk;
      }
      done = true;
    } finally {
      if (!done) this.#cancel();
    }
    return undefined;
  }

  #cancel(): void {
    this.#bindings.cancelPendingQuery(this.#connection);
  }

  #prepared<T>(sql: string, params: readonly SqlValue[], use: (statement: number, values: unknown[]) => T): T {
    const bound = bindMarks(sql, params);
    return this.#guard(sql, () => {
      const statement = this.#bindings.createPrepared(this.#connection, bound.sql);
      try {
        return use(statement, bound.values);
      } finally {
        this.#bindings.closePrepared(this.#connection, statement);
      }
    });
  }

  #guard<T>(sql: string, call: () => T): T {
    if (this.#closed) throw closedError();
    try {
      return call();
    } catch (error) {
      throw engineError(error, sql);
    }
  }
}

/** Runs blocking work as a promise, so that its errors arrive the way those of other drivers do. */
function settle<T>({ signal }: CallOptions, work: () => T): Promise<T> {
  return new Promise((resolve) => {
    signal?.throwIfAborted();
    resolve(work());
  });
}
