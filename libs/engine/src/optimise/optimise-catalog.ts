import { open, rm, stat } from 'node:fs/promises';
import { DataVisError, type CallOptions, type SqlDatabase, type SqlFile } from '@datavis/plugin-sdk';
import type { Catalog } from '@datavis/storage';
import { quoted } from '../plugins/sql-names.js';
import { copyInto } from '../snapshot/create-snapshot.js';
import { findTables, tableName } from '../snapshot/snapshot-tables.js';

export interface OptimiseProgress {
  /** `copy`: tables are written in order; `check`: the copy is compared; `exchange`: it takes the file's place. */
  readonly phase: 'copy' | 'check' | 'exchange';
  readonly tables: number;
  readonly tablesTotal: number;
}

export interface OptimiseOptions extends CallOptions {
  readonly onProgress?: ((progress: OptimiseProgress) => void) | undefined;
}

export interface OptimiseResult {
  /** Of the file and its log. */
  readonly bytesBefore: number;
  readonly bytesAfter: number;
  /** Rows by table. */
  readonly rows: Readonly<Record<string, number>>;
  readonly elapsedMs: number;
}

/**
 * Rewrites the database file: rows by dataset and image, so that what belongs to one image lies together, and without
 * the room that removed rows left. Needs free disk of the file's size. Imports wait meanwhile; queries go on, and the
 * file is exchanged at a moment when none runs.
 *
 * The sorted copy is compared with the tables, row by row through hashes, before it takes the file's place by rename. A
 * crash at any moment leaves the old file or the new one; the next call removes what was left over.
 *
 * @throws `DATAVIS_ENGINE_OPTIMISE_DRIVER` (no file that can be exchanged), `DATAVIS_ENGINE_OPTIMISE_SCHEMA` (indices,
 * constraints, views or sequences, which a copy of the tables would lose), `DATAVIS_ENGINE_OPTIMISE_DIFFERS`,
 * `DATAVIS_STORAGE_BUSY`, `DATAVIS_STORAGE_EXCHANGE`, `DATAVIS_STORAGE_SQL`.
 */
export function optimiseCatalog(
  catalog: Catalog,
  { signal, onProgress }: OptimiseOptions = {},
): Promise<OptimiseResult> {
  return catalog.inTurn(async () => {
    const started = performance.now();
    const { database } = catalog;
    const { file } = database;
    if (file === undefined) {
      throw new DataVisError('DATAVIS_ENGINE_OPTIMISE_DRIVER', 'This database is no file that can be exchanged', {
        hint: 'Open a database file for writing, with the native driver.',
      });
    }
    const sorted = `${file.path}.optimised`;
    const bytesBefore = await sizeOf(file.path);
    try {
      const rows = await writeSorted(database, sorted, { signal, onProgress });
      const tables = Object.keys(rows).length;
      signal?.throwIfAborted();
      onProgress?.({ phase: 'exchange', tables, tablesTotal: tables });
      await exchange(file, sorted);
      const bytesAfter = await sizeOf(file.path);
      return { bytesBefore, bytesAfter, rows, elapsedMs: performance.now() - started };
    } finally {
      await remove(sorted);
    }
  });
}

async function writeSorted(
  database: SqlDatabase,
  sorted: string,
  { signal, onProgress }: OptimiseOptions,
): Promise<Readonly<Record<string, number>>> {
  await remove(sorted);
  const connection = await database.connect();
  try {
    const [odd] = await connection.all<{ what: string }>(
      `SELECT 'the index ' || index_name AS what FROM duckdb_indexes()
       UNION ALL SELECT 'a constraint of ' || table_name FROM duckdb_constraints()
         WHERE NOT (starts_with(schema_name, 'pg_') OR schema_name = 'information_schema')
       UNION ALL SELECT 'the view ' || view_name FROM duckdb_views()
         WHERE NOT (internal OR starts_with(schema_name, 'plg_'))
       UNION ALL SELECT 'the sequence ' || sequence_name FROM duckdb_sequences()`,
    );
    if (odd !== undefined) {
      throw new DataVisError('DATAVIS_ENGINE_OPTIMISE_SCHEMA', `A copy of the tables would lose ${odd.what}`, {
        hint: 'Remove what was added to the catalog from outside, optimise, and make it again.',
      });
    }
    const { rows } = await copyInto(connection, sorted, undefined, {
      signal,
      onProgress: ({ tables, tablesTotal }) => onProgress?.({ phase: 'copy', tables, tablesTotal }),
    });
    const tables = await findTables(connection);
    await connection.run(`ATTACH '${sorted.replaceAll("'", "''")}' AS optimised (READ_ONLY)`);
    try {
      for (const [at, table] of tables.entries()) {
        onProgress?.({ phase: 'check', tables: at, tablesTotal: tables.length });
        const digests = await connection.all<{ digest: string }>(
          `SELECT DISTINCT digest FROM (${[table.database, 'optimised']
            .map(
              (name) => `SELECT count(*) || ':' || coalesce(sum(hash(t)), 0) AS digest
                FROM ${quoted(name)}.${tableName(table)} t`,
            )
            .join(' UNION ALL ')})`,
          [],
          { signal },
        );
        if (digests.length === 1) continue;
        throw new DataVisError('DATAVIS_ENGINE_OPTIMISE_DIFFERS', `The copy of ${table.name} is not equal to it`, {
          hint: 'The file stays as it was. This is a defect of DataVis: please report it.',
        });
      }
    } finally {
      await connection.run('DETACH optimised');
    }
    return rows;
  } finally {
    await connection.close();
  }
}

async function exchange(file: SqlFile, sorted: string): Promise<void> {
  // Its bytes must be on the disk before its name is.
  const handle = await open(sorted, 'r');
  await handle.sync().finally(() => handle.close());
  await file.exchange(sorted);
}

/** With its log. */
async function sizeOf(path: string): Promise<number> {
  const log = await stat(`${path}.wal`).catch(() => undefined);
  return (await stat(path)).size + (log?.size ?? 0);
}

async function remove(path: string): Promise<void> {
  await rm(path, { force: true });
  await rm(`${path}.wal`, { force: true });
}
