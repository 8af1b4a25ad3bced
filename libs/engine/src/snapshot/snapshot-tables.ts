import type { SqlConnection } from '@datavis/plugin-sdk';
import { quoted } from '../plugins/sql-names.js';

/** A table of the catalog or of a plugin. */
export interface SnapshotTable {
  readonly database: string;
  readonly schema: string;
  readonly name: string;
  readonly columns: ReadonlySet<string>;
}

/** Sorted by these, as far as a table has them: what belongs to one image lies together, and is read in few pieces. */
const ORDER = ['dataset_key', 'image_key', 'annotation_key', 'category_key'];

export async function findTables(connection: SqlConnection): Promise<SnapshotTable[]> {
  const rows = await connection.all<Omit<SnapshotTable, 'columns'> & { columns: string[] }>(
    `SELECT database_name AS database, schema_name AS schema, table_name AS name, list(column_name) AS columns
     FROM duckdb_columns() JOIN duckdb_tables() USING (database_name, schema_name, table_name)
     WHERE database_name = current_database() AND NOT duckdb_tables.internal AND NOT temporary
     GROUP BY ALL ORDER BY schema, name`,
  );
  return rows.map((row) => ({ ...row, columns: new Set(row.columns) }));
}

/** Views by which plugins see their columns, as statements that make them anew. */
export function findViews(connection: SqlConnection): Promise<{ schema: string; sql: string }[]> {
  return connection.all(
    `SELECT schema_name AS schema, sql FROM duckdb_views() WHERE database_name = current_database() AND NOT internal
     AND starts_with(schema_name, 'plg_') ORDER BY schema_name, view_name`,
  );
}

/** Name of a table within a database, quoted. */
export function tableName({ schema, name }: SnapshotTable): string {
  return `${quoted(schema)}.${quoted(name)}`;
}

/** The rows of a table that go into a snapshot; `undefined`: it cannot be told which of them belong to the dataset. */
export function selectRows(table: SnapshotTable, datasetKey: bigint | undefined): string | undefined {
  const condition = datasetKey === undefined ? '' : conditionOf(table, datasetKey);
  if (condition === undefined) return undefined;
  const order = ORDER.filter((column) => table.columns.has(column));
  const sorted = order.length === 0 ? '' : ` ORDER BY ${order.join(', ')}`;
  return `SELECT * FROM ${quoted(table.database)}.${tableName(table)}${condition}${sorted}`;
}

function conditionOf({ database, schema, columns }: SnapshotTable, datasetKey: bigint): string | undefined {
  if (columns.has('dataset_key')) return ` WHERE dataset_key = ${datasetKey}`;
  const main = `${quoted(database)}.main`;
  if (columns.has('source_key')) {
    return ` WHERE source_key IN (SELECT source_key FROM ${main}.sources WHERE dataset_key = ${datasetKey})`;
  }
  if (columns.has('image_key')) {
    return ` WHERE image_key IN (SELECT image_key FROM ${main}.images WHERE dataset_key = ${datasetKey})`;
  }
  // What describes the catalog itself, such as its version, holds for every dataset.
  return schema === 'main' || schema === '_datavis' ? '' : undefined;
}
