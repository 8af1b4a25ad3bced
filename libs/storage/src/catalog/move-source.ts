import type { SqlConnection, SqlRow } from '@datavis/plugin-sdk';
import { inherit } from './heirs.js';
import { BY_SOURCE } from './remove-source.js';

type Sources = readonly [before: bigint, after: bigint];

/** Rows of the new version take the key of the source, and annotations their final keys (temp.moved_annotations). */
export async function moveSourceRows(connection: SqlConnection, [before, after]: Sources): Promise<void> {
  await inherit(connection, before, after);
  // What the file lists no more, others may.
  await inherit(connection, before);
  for (const table of BY_SOURCE) {
    // Earlier runs stay, as the history of the source.
    if (table !== 'ingest_runs') await connection.run(`DELETE FROM ${table} WHERE source_key = ?`, [before]);
  }
  await connection.run('DELETE FROM sources WHERE source_key = ?', [before]);
  for (const table of ['annotations', 'segments']) await renumber(connection, table, after);
  for (const table of [...BY_SOURCE, 'sources', 'images', 'categories']) {
    await connection.run(`UPDATE ${table} SET source_key = $1 WHERE source_key = $2`, [before, after]);
  }
  for (const [table, list, key] of [
    ['images', 'source_images', 'image_key'],
    ['categories', 'source_categories', 'category_key'],
  ] as const) {
    await connection.run(
      `DELETE FROM ${table} WHERE ${key} NOT IN (SELECT ${key} FROM ${list} WHERE ${key} IS NOT NULL)
       AND dataset_key = (SELECT dataset_key FROM sources WHERE source_key = ?)`,
      [before],
    );
  }
}

async function renumber(connection: SqlConnection, table: string, after: bigint): Promise<void> {
  await connection.run(
    `UPDATE ${table} SET annotation_key = m.final_key FROM temp.moved_annotations m
     WHERE ${table}.source_key = ? AND ${table}.annotation_key = m.new_key AND m.final_key <> m.new_key`,
    [after],
  );
}

/** The same for the tables of plugins, which hang on the row keys. Their views follow. */
export async function movePluginRows(connection: SqlConnection, [before, after]: Sources): Promise<void> {
  for (const { name, table, columns } of await pluginTables(connection)) {
    if (!columns.includes('source_key')) continue;
    const ofAnnotations = columns.includes('annotation_key');
    if (ofAnnotations || ['plugin_drops', 'plugin_sources'].includes(table)) {
      await connection.run(`DELETE FROM ${name} WHERE source_key = ?`, [before]);
    }
    if (ofAnnotations) await renumber(connection, name, after);
    await connection.run(`UPDATE ${name} SET source_key = $1 WHERE source_key = $2`, [before, after]);
  }
}

/** Rows of images and categories that have left the catalog leave the tables of plugins too. */
export async function removePluginOrphans(connection: SqlConnection): Promise<void> {
  for (const { name, columns } of await pluginTables(connection)) {
    for (const [key, table] of [
      ['image_key', 'images'],
      ['category_key', 'categories'],
    ] as const) {
      if (!columns.includes(key)) continue;
      await connection.run(`DELETE FROM ${name} WHERE ${key} NOT IN (SELECT ${key} FROM ${table})`);
    }
  }
}

interface PluginTable extends SqlRow {
  /** Quoted, with its schema. */
  readonly name: string;
  readonly table: string;
  readonly columns: readonly string[];
}

/** Tables, not views, of plugins and of the host about plugins, but for the receipts of past runs. */
async function pluginTables(connection: SqlConnection): Promise<PluginTable[]> {
  return connection.all<PluginTable>(
    `SELECT '"' || schema_name || '"."' || table_name || '"' AS name, table_name AS table, list(column_name) AS columns
     FROM duckdb_columns() JOIN duckdb_tables() USING (table_oid, schema_name, table_name)
     WHERE starts_with(schema_name, 'plg_') OR (schema_name = '_datavis' AND table_name <> 'plugin_runs')
     GROUP BY ALL ORDER BY ALL`,
  );
}
