import type { DuckDBConnection, DuckDBType } from '@duckdb/node-api';
import type { AppendColumns } from '@datavis/plugin-sdk';
import { sqlError } from './errors.js';
import type { InsertionOrder } from './insertion-order.js';
import { api, duckdb } from './native.js';
import { ROW_GROUP_ROWS } from './row-group.js';
import { fits, writeColumn, writeNulls } from './vectors.js';

/**
 * Bulk appends as `INSERT INTO table SELECT * FROM feed`, where `feed` is a table function that copies waiting batches
 * into DuckDB's vectors. The copy is all that runs on the event loop (under a millisecond a batch); DuckDB compresses and
 * writes in threads of its own. Its appender does all of that on the calling thread: 0.5 s at a time, each time a row
 * group is full.
 */
const FUNCTION = '_datavis_feed';

interface FeedColumn {
  readonly name: string;
  readonly type: DuckDBType;
  /** As the table has it, such as `DOUBLE[][]`. */
  readonly sqlType: string;
}

interface WaitingBatch {
  readonly columns: AppendColumns;
  readonly rows: number;
  readonly onCopied: (() => void) | undefined;
}

interface Feed {
  readonly columns: readonly FeedColumn[];
  readonly batches: WaitingBatch[];
}

/** What running INSERTs take their rows from, by the number they were called with. */
const feeds = new Map<number, Feed>();
let lastFeed = 0;

function feedOf(data: object | undefined): Feed | undefined {
  return data !== undefined && 'feed' in data ? (data.feed as Feed) : undefined;
}

/** Once for every instance. */
export function registerFeed(connection: DuckDBConnection): void {
  connection.registerTableFunction(
    api.DuckDBTableFunction.create({
      name: FUNCTION,
      parameterTypes: [api.INTEGER],
      bindFunction: (info) => {
        const feed = feeds.get(Number(info.getParameter(0)));
        if (feed === undefined) {
          info.setError('there is nothing to append');
          return;
        }
        for (const { name, type } of feed.columns) info.addResultColumn(name, type);
        info.setBindData({ feed });
      },
      // One thread, so that rows keep their order.
      initFunction: (info) => {
        info.setMaxThreads(1);
      },
      mainFunction: (info, output) => {
        const feed = feedOf(info.getBindData());
        const batch = feed?.batches.shift();
        output.rowCount = batch?.rows ?? 0;
        if (feed === undefined || batch === undefined) return;
        for (const [at, { name, sqlType }] of feed.columns.entries()) {
          const vector = duckdb.data_chunk_get_vector(output.chunk, at);
          const column = batch.columns[name];
          if (column === undefined) writeNulls(vector, batch.rows);
          else writeColumn(vector, column, batch.rows, sqlType);
        }
        batch.onCopied?.();
      },
    }),
  );
}

/** What waits is inserted when it is a row group, or where records are large (a kilobyte each), has so many bytes. */
const FLUSH_BYTES = 32 << 20;

function bytesOf(columns: AppendColumns): number {
  let sum = 0;
  for (const column of Object.values(columns)) {
    sum += 'bytes' in column ? column.bytes.byteLength : column.values.byteLength;
  }
  return sum;
}

/** Batches that wait to be inserted into one table. */
export class TableFeed {
  readonly #connection: DuckDBConnection;
  readonly #order: InsertionOrder;
  readonly #table: string;
  readonly #columns: ReadonlyMap<string, FeedColumn>;
  #batches: WaitingBatch[] = [];
  #rows = 0;
  #bytes = 0;

  private constructor(
    connection: DuckDBConnection,
    order: InsertionOrder,
    table: string,
    columns: readonly FeedColumn[],
  ) {
    this.#connection = connection;
    this.#order = order;
    this.#table = table;
    this.#columns = new Map(columns.map((column) => [column.name, column]));
  }

  /** `table` is a name, or `schema.name`; names with dots of their own are not used here. */
  static async open(connection: DuckDBConnection, order: InsertionOrder, table: string): Promise<TableFeed> {
    const quoted = table.split('.').map(quote).join('.');
    // To prepare is to learn the columns: nothing need be run.
    const prepared = await connection.prepare(`FROM ${quoted}`);
    try {
      const columns = Array.from({ length: prepared.columnCount }, (_, at) => {
        const type = prepared.columnType(at);
        return { name: prepared.columnName(at), type, sqlType: String(type) };
      });
      return new TableFeed(connection, order, quoted, columns);
    } finally {
      prepared.destroySync();
    }
  }

  /** Whether enough waits for an INSERT. */
  get isFull(): boolean {
    return this.#rows >= ROW_GROUP_ROWS || this.#bytes >= FLUSH_BYTES;
  }

  /** Takes a batch; its arrays must stay as they are until it is inserted. */
  add(columns: AppendColumns, rows: number, onCopied: (() => void) | undefined): void {
    for (const [name, column] of Object.entries(columns)) {
      const own = this.#columns.get(name);
      if (own === undefined) throw sqlError('DATAVIS_STORAGE_SQL', `The table has no column ${name}`);
      if (!fits(column, own.sqlType)) {
        throw sqlError('DATAVIS_STORAGE_SQL', `Column ${name} is ${own.sqlType} and takes no ${column.type}`);
      }
    }
    this.#batches.push({ columns, rows, onCopied });
    this.#rows += rows;
    this.#bytes += bytesOf(columns);
  }

  /** What waits, and a function that inserts it. */
  take(): { readonly bytes: number; readonly insert: () => Promise<void> } {
    const batches = this.#batches;
    const rows = this.#rows;
    const bytes = this.#bytes;
    this.#batches = [];
    this.#rows = 0;
    this.#bytes = 0;
    return { bytes, insert: () => this.#insert(batches, rows) };
  }

  async #insert(batches: WaitingBatch[], expected: number): Promise<void> {
    if (batches.length === 0) return;
    const used = [...this.#columns.values()].filter(({ name }) => batches.some(({ columns }) => name in columns));
    const id = (lastFeed = (lastFeed + 1) | 0);
    feeds.set(id, { columns: used, batches });
    try {
      const names = used.map(({ name }) => quote(name)).join(', ');
      await this.#order.keep(expected < ROW_GROUP_ROWS);
      const result = await this.#connection.run(
        `INSERT INTO ${this.#table} (${names}) SELECT ${names} FROM ${FUNCTION}(${id}::INTEGER)`,
      );
      if (result.rowsChanged === expected) return;
      throw sqlError('DATAVIS_STORAGE_SQL', `${expected} rows were handed over, ${result.rowsChanged} inserted`);
    } finally {
      feeds.delete(id);
    }
  }
}

function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
