import type { DuckDBConnection } from '@duckdb/node-api';

/**
 * Whether the INSERTs of a connection have to keep the order of rows. One that may change it compresses and writes row
 * groups itself, where DuckDB believes that it has threads (see `Catalog.exclusive`); else the COMMIT does, and COMMITs
 * stand one behind the other. One thread reads a feed, so its order stays in both. With less than a row group such an
 * INSERT would copy all rows once more.
 *
 * Where an INSERT of the same transaction has found no rows for a table, and kept the order, row groups that are written so
 * behind it are not seen by anybody until the file is opened again (DuckDB 1.5.5): then the order is kept to the end.
 *
 * @see https://github.com/duckdb/duckdb/blob/v1.5.5/src/execution/operator/persistent/physical_insert.cpp (`Combine`)
 */
export class InsertionOrder {
  readonly #connection: DuckDBConnection;
  #isKept = true;
  #mustKeep = false;

  constructor(connection: DuckDBConnection) {
    this.#connection = connection;
  }

  /** A transaction begins. */
  begin(): void {
    this.#mustKeep = false;
  }

  /** What a statement of the transaction has done, where it may have added no rows to a table: 0 if that is not known. */
  note(sql: string, rowsChanged: number): void {
    const isOne = !/;\s*\S/.test(sql);
    if (/\b(?:insert|merge|copy)\b/i.test(sql) && !(isOne && rowsChanged > 0)) this.#mustKeep = true;
  }

  async keep(asked: boolean): Promise<void> {
    const isKept = asked || this.#mustKeep;
    if (isKept === this.#isKept) return;
    await this.#connection.run(`SET SESSION preserve_insertion_order = ${isKept}`);
    this.#isKept = isKept;
  }
}
