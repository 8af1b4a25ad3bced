import type { Column } from './columns.js';
import type { CallOptions } from './object-store.js';

/** Values that can be bound to a statement. Integers above 2^53 are `bigint`. */
export type SqlValue = string | number | bigint | boolean | null | readonly SqlValue[];

/** One result row. BIGINT arrives as `bigint`, lists as arrays. */
export type SqlRow = Readonly<Record<string, unknown>>;

/** Rows of a result, column by column, at most 2,048 at a time. */
export interface SqlBatch {
  readonly length: number;
  readonly names: readonly string[];
  /** One array a column: a typed array where the column is numeric without nulls, else plain values. */
  readonly columns: readonly ArrayLike<unknown>[];
}

/** Named columns for a bulk append; the names are those of the table. Columns not given get NULL. */
export type AppendColumns = Readonly<Record<string, Column>>;

/** Options of a streamed result. */
export interface StreamOptions extends CallOptions {
  /**
   * Lists of DOUBLE (and lists of such lists) come as Float64Array instead of arrays, where the driver can (default
   * `false`): read them as `ArrayLike<number>`.
   */
  readonly typedLists?: boolean | undefined;
}

/** One connection to a database. Statements of one connection run one after the other. */
export interface SqlConnection {
  /** Runs one or more statements. Returns the rows changed by the last one. */
  run(sql: string, params?: readonly SqlValue[], options?: CallOptions): Promise<number>;
  /** All rows of a small result. */
  all<R extends SqlRow = SqlRow>(sql: string, params?: readonly SqlValue[], options?: CallOptions): Promise<R[]>;
  /** A large result, streamed. Breaking out of the loop cancels the query. */
  batches(sql: string, params?: readonly SqlValue[], options?: StreamOptions): AsyncIterable<SqlBatch>;
  /**
   * Bulk append of up to 2,048 rows. Only inside {@link transaction}. The arrays must stay as they are until they are
   * copied, which `onCopied` tells; after a failed transaction it may never be called.
   */
  append(table: string, columns: AppendColumns, length: number, onCopied?: () => void): Promise<void>;
  /** BEGIN … COMMIT; ROLLBACK on any throw. A commit that stored nothing is an error, never silent. */
  transaction<T>(work: () => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** What a database can do beyond plain SQL. */
export interface SqlCapabilities {
  /** JSON functions (`->>`, `json_extract`). */
  readonly json: boolean;
  /** `COPY … TO (FORMAT parquet)` and `read_parquet`. */
  readonly parquet: boolean;
  /** Running statements can be interrupted. */
  readonly interrupt: boolean;
}

/** The file of an open database. */
export interface SqlFile {
  /** Absolute path. */
  readonly path: string;
  /**
   * Puts a whole database file, closed and in the same folder, in the place of this one, by rename: a crash leaves the one
   * or the other. Waits for a moment without connections; all that are opened later see the new file.
   *
   * @throws `DATAVIS_STORAGE_BUSY` (no such moment came), `DATAVIS_STORAGE_EXCHANGE` (the old file stays, and is open).
   */
  exchange(path: string): Promise<void>;
}

/** An open database. There is one writer: appends and transactions of several connections are queued by the caller. */
export interface SqlDatabase {
  readonly capabilities: SqlCapabilities;
  /** Where the database is a file that may be written, and the driver can exchange it. */
  readonly file?: SqlFile | undefined;
  /** Cheap (0.06 ms): one connection a request. */
  connect(): Promise<SqlConnection>;
  /**
   * Gives memory that is held and not used back to the system. Absent: the driver cannot. With `maxGrowthBytes`: only if the
   * process has grown by more than that since an earlier call.
   */
  freeMemory?(maxGrowthBytes?: number): Promise<void>;
  close(): Promise<void>;
}
