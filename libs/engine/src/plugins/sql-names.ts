import type { ColumnInfo, PluginTable, SqlConnection, SqlValue } from '@datavis/plugin-sdk';
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

/** All types that a column may be declared with. */
export const COLUMN_TYPES: readonly string[] = [...Object.keys(SQL_TYPES), 'f32[n]'];

export function sqlTypeOf(info: ColumnInfo): string {
  return info.type === 'f32[n]' ? `FLOAT[${info.width}]` : SQL_TYPES[info.type];
}

/**
 * How a new column is declared. Floats that plugins compute fill their mantissa, so that compression costs a quarter of
 * what it takes to write them and gains 2 % of the file (ADR 0007): they stay as they are. Vectors cannot be declared so.
 */
function declarationOf(info: ColumnInfo): string {
  return info.type === 'f32' ? `${sqlTypeOf(info)} USING COMPRESSION uncompressed` : sqlTypeOf(info);
}

export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

export function qualified(schema: string, name: string): string {
  return `${quoted(schema)}.${quoted(name)}`;
}

/** SQL types of a table's columns, in their order. `DESCRIBE` looks at this table alone; the catalog's views at all. */
export async function columnTypes(connection: SqlConnection, table: string): Promise<ReadonlyMap<string, string>> {
  const name = table.split('.').map(quoted).join('.');
  const rows = await connection.all<{ column_name: string; column_type: string }>(`DESCRIBE ${name}`);
  return new Map(rows.map((row) => [row.column_name, row.column_type]));
}

/**
 * Statements that add the columns which a table lacks.
 *
 * @param table - `schema.table`.
 * @param types - Of the columns that it has.
 * @throws PluginError `DATAVIS_PLUGIN_MIGRATION` where one is there with another type.
 */
export function addColumns(
  plugin: LoadedPlugin,
  table: string,
  types: ReadonlyMap<string, string>,
  columns: ReadonlyMap<string, ColumnInfo>,
): string[] {
  const [schema = '', name = ''] = table.split('.');
  const statements: string[] = [];
  for (const [column, info] of columns) {
    const type = types.get(column);
    if (type === undefined) {
      statements.push(`ALTER TABLE ${qualified(schema, name)} ADD COLUMN ${quoted(column)} ${declarationOf(info)}`);
    } else if (type !== sqlTypeOf(info)) {
      const message = `${plugin.name}: ${table}.${column} is stored as ${type}, declared as ${sqlTypeOf(info)}`;
      throw new PluginError('DATAVIS_PLUGIN_MIGRATION', message, {
        plugin: plugin.name,
        hint: `Give the column another name, or drop its data: datavis plugins remove ${plugin.name} --purge`,
      });
    }
  }
  return statements;
}

/** Some rows by one statement, each with a value for every column of the table. */
export async function insertRows(
  connection: SqlConnection,
  table: string,
  rows: readonly (readonly SqlValue[])[],
): Promise<void> {
  if (rows.length === 0) return;
  let place = 0;
  const tuples = rows.map((row) => `(${row.map(() => `$${++place}`).join(', ')})`);
  await connection.run(`INSERT INTO ${table} VALUES ${tuples.join(', ')}`, rows.flat());
}
