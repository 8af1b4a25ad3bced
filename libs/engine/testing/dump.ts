import type { SqlDatabase } from '@datavis/plugin-sdk';

/** What differs between two imports of the same bytes: clocks, and how often an import was interrupted. */
const CLOCKS = new Set([
  'created_at',
  'started_at',
  'updated_at',
  'ended_at',
  'applied_at',
  'elapsed_ms',
  'commits',
]);

export interface DumpOptions {
  /** Columns to leave out, besides clocks. */
  readonly without?: readonly string[];
}

/** All rows of all tables, by table, in a fixed order. */
export async function dump(database: SqlDatabase, options: DumpOptions = {}): Promise<Record<string, string[]>> {
  const connection = await database.connect();
  const leftOut = new Set([...CLOCKS, ...(options.without ?? [])]);
  try {
    const columns = await connection.all<{ table_name: string; names: string[] }>(
      `SELECT table_name, list(column_name ORDER BY column_index) AS names FROM duckdb_columns()
       WHERE schema_name = 'main' AND NOT internal GROUP BY table_name ORDER BY table_name`,
    );
    const all: Record<string, string[]> = {};
    for (const { table_name: table, names } of columns) {
      const kept = names.filter((name) => !leftOut.has(name)).map((name) => `"${name}"`);
      if (kept.length === 0) continue;
      const rows = await connection.all(`SELECT ${kept.join(', ')} FROM ${table} ORDER BY ALL`);
      all[table] = rows.map((row) => JSON.stringify(row, (_, value: unknown) => plain(value)));
    }
    return all;
  } finally {
    await connection.close();
  }
}

function plain(value: unknown): unknown {
  return typeof value === 'bigint' ? `${value}n` : value;
}
