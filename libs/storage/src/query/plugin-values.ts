import type { CallOptions, SqlConnection, SqlRow } from '@datavis/plugin-sdk';

type Table = 'images' | 'annotations';

const KEY_OF = { images: 'image_key', annotations: 'annotation_key' } as const;

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** Columns that plugins keep for a table, by schema. Lists (embeddings) are left out: they are read by SQL. */
async function pluginColumns(
  connection: SqlConnection,
  table: Table,
  call: CallOptions,
): Promise<ReadonlyMap<string, readonly string[]>> {
  // Most catalogs have none, and to list schemas costs a fifth of listing columns.
  const schemas = await connection.all(
    "SELECT 1 FROM duckdb_schemas() WHERE starts_with(schema_name, 'plg_') LIMIT 1",
    [],
    call,
  );
  if (schemas.length === 0) return new Map();
  const rows = await connection.all<{ schema_name: string; names: string[] }>(
    `SELECT schema_name, list(column_name ORDER BY column_index) AS names FROM duckdb_columns()
     WHERE starts_with(schema_name, 'plg_') AND table_name = $1 AND column_name NOT IN ($2, 'source_key')
       AND NOT ends_with(data_type, ']') GROUP BY schema_name ORDER BY schema_name`,
    [table, KEY_OF[table]],
    call,
  );
  return new Map(rows.map(({ schema_name, names }) => [schema_name, names]));
}

/**
 * The rows with `plugins` beside their columns: what plugins keep for each, as `{ namespace: { column: value } }`. A
 * row that a plugin has no values for does not have its namespace.
 */
export async function withPluginValues(
  connection: SqlConnection,
  table: Table,
  rows: readonly SqlRow[],
  call: CallOptions,
): Promise<SqlRow[]> {
  const key = KEY_OF[table];
  const found = new Map<unknown, Record<string, SqlRow>>();
  const keys = rows.map((row) => row[key] as bigint);
  for (const [schema, names] of rows.length === 0 ? [] : await pluginColumns(connection, table, call)) {
    const values = await connection.all(
      `SELECT ${[key, ...names].map(quoted).join(', ')} FROM ${quoted(schema)}.${table}
       WHERE ${key} IN (SELECT unnest(?::BIGINT[]))`,
      [keys],
      call,
    );
    for (const { [key]: rowKey, ...columns } of values) {
      found.set(rowKey, { ...found.get(rowKey), [schema.slice('plg_'.length)]: columns });
    }
  }
  return rows.map((row) => ({ ...row, plugins: found.get(row[key]) ?? {} }));
}
