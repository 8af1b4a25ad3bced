import duckdb from '@duckdb/node-bindings';
import { DuckDBDataChunk, type DuckDBAppender, type DuckDBConnection, type DuckDBType } from '@duckdb/node-api';
import type { AppendColumns } from '@datavis/plugin-sdk';
import { sqlError } from './errors.js';
import { fits, writeColumn, writeNulls } from './vectors.js';

/**
 * Chunks appended between two flushes. DuckDB flushes 100 chunks at once by itself, which blocks the event loop for
 * hundreds of milliseconds; a few at a time cost little more in all.
 */
const CHUNKS_PER_FLUSH = 4;

/** `schema.table` or `table`. Names with dots of their own are not used here. */
function splitName(table: string): { schema: string; name: string } {
  const dot = table.indexOf('.');
  return dot < 0 ? { schema: 'main', name: table } : { schema: table.slice(0, dot), name: table.slice(dot + 1) };
}

/** Appends batches of columns to one table, inside one transaction. */
export class TableAppender {
  readonly #appender: DuckDBAppender;
  readonly #names: readonly string[];
  readonly #types: readonly DuckDBType[];
  #chunks = 0;

  private constructor(appender: DuckDBAppender, names: readonly string[]) {
    this.#appender = appender;
    this.#names = names;
    this.#types = names.map((_, i) => appender.columnType(i));
  }

  static async open(connection: DuckDBConnection, table: string): Promise<TableAppender> {
    const { schema, name } = splitName(table);
    const columns = await connection.runAndReadAll(
      'SELECT column_name FROM duckdb_columns() WHERE schema_name = $1 AND table_name = $2 ORDER BY column_index',
      [schema, name],
    );
    const names = columns.getRowsJS().map(([column]) => column as string);
    return new TableAppender(await connection.createAppender(name, schema), names);
  }

  append(columns: AppendColumns, rows: number): void {
    const unknown = Object.keys(columns).filter((name) => !this.#names.includes(name));
    if (unknown.length > 0) throw sqlError('DATAVIS_STORAGE_SQL', `The table has no column ${unknown.join(', ')}`);
    const chunk = DuckDBDataChunk.create(this.#types, rows);
    this.#names.forEach((name, i) => {
      this.#fill(duckdb.data_chunk_get_vector(chunk.chunk, i), name, String(this.#types[i]), columns, rows);
    });
    this.#appender.appendDataChunk(chunk);
    if (++this.#chunks % CHUNKS_PER_FLUSH === 0) this.#appender.flushSync();
  }

  #fill(vector: duckdb.Vector, name: string, sqlType: string, columns: AppendColumns, rows: number): void {
    const column = columns[name];
    if (column === undefined) {
      writeNulls(vector, rows);
      return;
    }
    if (!fits(column, sqlType)) {
      throw sqlError('DATAVIS_STORAGE_SQL', `Column ${name} is ${sqlType} and takes no ${column.type}`);
    }
    writeColumn(vector, column, rows, sqlType);
  }

  /** Hands what is left to the transaction. */
  close(): void {
    this.#appender.closeSync();
  }

  /** Drops what is left: its transaction is rolled back. */
  discard(): void {
    this.#appender.clear();
    this.#appender.closeSync();
  }
}
