import type { SqlConnection, SqlValue } from '@datavis/plugin-sdk';

/** Values of the columns of a table, by name: the SQL type they are cast to, and one value a row. */
export type RowColumns = Readonly<Record<string, readonly [type: string, values: readonly SqlValue[]]>>;

/** Bound lists as a table: for statements that treat many rows at once. */
export function rowsAsTable(columns: RowColumns): { readonly sql: string; readonly params: readonly SqlValue[] } {
  const lists = Object.entries(columns).map(([name, [type]], at) => `unnest($${at + 1}::${type}[]) AS ${name}`);
  return { sql: `(SELECT ${lists.join(', ')})`, params: Object.values(columns).map(([, values]) => values) };
}

/** Inserts a few thousand rows at most, in one statement; `connection.append` is for more. */
export async function insertRows(connection: SqlConnection, table: string, columns: RowColumns): Promise<void> {
  const names = Object.keys(columns);
  if (columns[names[0] ?? '']?.[1].length === 0) return;
  const { sql, params } = rowsAsTable(columns);
  await connection.run(`INSERT INTO ${table} (${names.join(', ')}) SELECT * FROM ${sql}`, params);
}
