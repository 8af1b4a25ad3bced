import type { ColumnInfo, PluginTable, SqlConnection } from '@datavis/plugin-sdk';
import { PluginError } from './errors.js';
import type { LoadedPlugin } from './loaded-plugin.js';

/** Name of the row key of each table. */
export const KEY_OF: Readonly<Record<PluginTable, string>> = {
  images: 'image_key',
  annotations: 'annotation_key',
  categories: 'category_key',
};

const SQL_TYPES = {
  bool: 'BOOLEAN',
  i32: 'INTEGER',
  i64: 'BIGINT',
  f32: 'FLOAT',
  f64: 'DOUBLE',
  utf8: 'VARCHAR',
  json: 'VARCHAR',
  'f64[]': 'DOUBLE[]',
  'f64[][]': 'DOUBLE[][]',
} as const;

export function sqlTypeOf(info: ColumnInfo): string {
  return info.type === 'f32[n]' ? `FLOAT[${info.width}]` : SQL_TYPES[info.type];
}

export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

export function qualified(schema: string, name: string): string {
  return `${quoted(schema)}.${quoted(name)}`;
}

/**
 * Adds the columns that a table lacks.
 *
 * @param table - `schema.table`.
 * @throws PluginError `DATAVIS_PLUGIN_MIGRATION` where one is there with another type.
 */
export async function ensureColumns(
  connection: SqlConnection,
  plugin: LoadedPlugin,
  table: string,
  columns: ReadonlyMap<string, ColumnInfo>,
): Promise<void> {
  const [schema = '', name = ''] = table.split('.');
  const present = await connection.all<{ name: string; type: string }>(
    `SELECT column_name AS name, data_type AS type FROM information_schema.columns
     WHERE table_schema = $1 AND table_name = $2`,
    [schema, name],
  );
  const types = new Map(present.map((row) => [row.name, row.type]));
  for (const [column, info] of columns) {
    const type = types.get(column);
    if (type === undefined) {
      await connection.run(
        `ALTER TABLE ${qualified(schema, name)} ADD COLUMN ${quoted(column)} ${sqlTypeOf(info)}`,
      );
    } else if (type !== sqlTypeOf(info)) {
      const message = `${plugin.name}: ${table}.${column} is stored as ${type}, declared as ${sqlTypeOf(info)}`;
      throw new PluginError('DATAVIS_PLUGIN_MIGRATION', message, {
        plugin: plugin.name,
        hint: `Give the column another name, or drop its data: datavis plugins remove ${plugin.name} --purge`,
      });
    }
  }
}
