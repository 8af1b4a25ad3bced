import type { DuckDBConnection } from '@duckdb/node-api';

/**
 * Whether the INSERTs of a connection have to keep the order of rows. One that may change it compresses and writes row
 * groups itself, where DuckDB believes that it has threads (see `Catalog.exclusive`); else the COMMIT does, and COMMITs
 * stand one behind the other. One thread reads a feed, so its order stays in both. With less than a row group such an
 * INSERT would copy all rows once more.
 *
 * @see https://github.com/duckdb/duckdb/blob/v1.5.5/src/execution/operator/persistent/physical_insert.cpp (`Combine`)
 */
export class InsertionOrder {
  readonly #connection: DuckDBConnection;
  #isKept = true;

  constructor(connection: DuckDBConnection) {
    this.#connection = connection;
  }

  async keep(isKept: boolean): Promise<void> {
    if (isKept === this.#isKept) return;
    await this.#connection.run(`SET SESSION preserve_insertion_order = ${isKept}`);
    this.#isKept = isKept;
  }
}
