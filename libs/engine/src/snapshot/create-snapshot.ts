import { randomUUID } from 'node:crypto';
import { access, chmod, link, open, rename, rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { DataVisError, type CallOptions, type SqlConnection, type SqlDatabase } from '@datavis/plugin-sdk';
import { findTables, findViews, selectRows, tableName } from './snapshot-tables.js';

export interface SnapshotRequest {
  /** Path of the file to make. */
  readonly out: string;
  /** Default: all datasets. */
  readonly dataset?: string | undefined;
  /** Whether a file of that name is replaced, in one step. Default false. */
  readonly overwrite?: boolean | undefined;
}

export interface SnapshotProgress {
  /** Table being copied. */
  readonly table: string;
  /** Tables copied so far. */
  readonly tables: number;
  readonly tablesTotal: number;
}

export interface SnapshotOptions extends CallOptions {
  readonly onProgress?: ((progress: SnapshotProgress) => void) | undefined;
}

export interface SnapshotResult {
  /** Absolute path. */
  readonly path: string;
  /** `null`: all datasets. */
  readonly dataset: string | null;
  readonly bytes: number;
  /** Rows by table; tables of plugins as `plg_NAMESPACE.TABLE`. */
  readonly rows: Readonly<Record<string, number>>;
  /** Tables of plugins that a snapshot of one dataset leaves out: nothing says to which dataset their rows belong. */
  readonly leftOut: readonly string[];
  readonly elapsedMs: number;
}

/**
 * Copies the catalog, or one dataset of it, into a DuckDB file of its own: as of one moment, sorted by image, read-only,
 * in the storage format that DuckDB 1.4 and duckdb-wasm read. An import that runs meanwhile is not held up; what it has
 * committed by then is in the file, and its source has the state `partial`.
 *
 * The file appears under its name when it is whole. A crash leaves a file that ends in `.partial`, never half a
 * snapshot. Needs the native driver.
 *
 * @throws `DATAVIS_ENGINE_SNAPSHOT_NOT_FOUND` (no such dataset), `DATAVIS_ENGINE_SNAPSHOT_EXISTS`,
 * `DATAVIS_ENGINE_SNAPSHOT_DRIVER` (another driver), `DATAVIS_STORAGE_SQL`.
 */
export async function createSnapshot(
  database: SqlDatabase,
  { out, dataset, overwrite = false }: SnapshotRequest,
  { signal, onProgress }: SnapshotOptions = {},
): Promise<SnapshotResult> {
  const started = performance.now();
  // Only the native driver has a disk below it, and only it writes Parquet.
  if (!database.capabilities.parquet) {
    throw new DataVisError('DATAVIS_ENGINE_SNAPSHOT_DRIVER', 'This SQL driver cannot write a database file', {
      hint: 'Make snapshots with the native driver.',
    });
  }
  const path = resolve(out);
  if (!overwrite && (await exists(path))) throw existsError(path);
  const partial = `${path}.${randomUUID()}.partial`;
  const connection = await database.connect();
  try {
    const { rows, leftOut } = await copyInto(connection, partial, dataset, { signal, onProgress });
    const bytes = await publish(partial, path, overwrite);
    return { path, dataset: dataset ?? null, bytes, rows, leftOut, elapsedMs: performance.now() - started };
  } finally {
    await connection.close();
    await rm(partial, { force: true });
    await rm(`${partial}.wal`, { force: true });
  }
}

/** Copies the tables into a new database file, as of one moment and sorted. Returns the rows by table. */
export async function copyInto(
  connection: SqlConnection,
  file: string,
  dataset: string | undefined,
  { signal, onProgress }: SnapshotOptions,
): Promise<{ rows: Record<string, number>; leftOut: string[] }> {
  const alias = `snapshot_${randomUUID().replaceAll('-', '')}`;
  const rows: Record<string, number> = {};
  const leftOut: string[] = [];
  await connection.run(`ATTACH '${file.replaceAll("'", "''")}' AS ${alias} (STORAGE_VERSION 'v1.4.0')`);
  try {
    // One transaction: all tables as of one moment.
    await connection.transaction(async () => {
      const datasetKey = dataset === undefined ? undefined : await findDataset(connection, dataset, { signal });
      const tables = await findTables(connection);
      const views = await findViews(connection);
      for (const schema of new Set([...tables, ...views].map((one) => one.schema))) {
        await connection.run(`CREATE SCHEMA IF NOT EXISTS ${alias}."${schema}"`);
      }
      for (const [at, table] of tables.entries()) {
        const name = table.schema === 'main' ? table.name : `${table.schema}.${table.name}`;
        onProgress?.({ table: name, tables: at, tablesTotal: tables.length });
        const select = selectRows(table, datasetKey);
        if (select === undefined) leftOut.push(name);
        else rows[name] = await copyTable(connection, `${alias}.${tableName(table)}`, select, { signal });
      }
      for (const { sql } of views) {
        await connection.run(sql.replace(/^CREATE VIEW /, `CREATE VIEW ${alias}.`));
      }
    });
    await connection.run(`CHECKPOINT ${alias}`);
  } finally {
    await connection.run(`DETACH ${alias}`);
  }
  return { rows, leftOut };
}

/** Returns the rows copied. */
async function copyTable(
  connection: SqlConnection,
  target: string,
  select: string,
  call: CallOptions,
): Promise<number> {
  await connection.run(`CREATE TABLE ${target} AS ${select}`, [], call);
  const [counted] = await connection.all<{ n: bigint }>(`SELECT count(*) AS n FROM ${target}`);
  return Number(counted?.n);
}

async function findDataset(connection: SqlConnection, name: string, call: CallOptions): Promise<bigint> {
  const [row] = await connection.all<{ dataset_key: bigint }>(
    'SELECT dataset_key FROM datasets WHERE name = ?',
    [name],
    call,
  );
  if (row !== undefined) return row.dataset_key;
  throw new DataVisError('DATAVIS_ENGINE_SNAPSHOT_NOT_FOUND', `There is no dataset ${name}`, {
    hint: 'List the datasets: datavis ls.',
  });
}

/** Gives the file its name once its bytes are on the disk. Returns its size. */
async function publish(partial: string, path: string, overwrite: boolean): Promise<number> {
  await chmod(partial, 0o444);
  const file = await open(partial, 'r');
  const { size } = await file.stat();
  await file.sync().finally(() => file.close());
  if (overwrite) await rename(partial, path);
  // A link fails where the name is taken meanwhile; a rename would replace it.
  else await link(partial, path).catch((error: unknown) => Promise.reject(asExists(error, path)));
  return size;
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

function existsError(path: string): DataVisError {
  return new DataVisError('DATAVIS_ENGINE_SNAPSHOT_EXISTS', `There is a file ${path} already`, {
    hint: 'Choose another name, or remove the file first.',
    place: { uri: path },
  });
}

function asExists(error: unknown, path: string): Error {
  return (error as NodeJS.ErrnoException).code === 'EEXIST' ? existsError(path) : (error as Error);
}
