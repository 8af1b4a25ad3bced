import type { CallOptions, SqlConnection } from '@datavis/plugin-sdk';
import { all, inRange } from './conditions.js';
import type { Condition } from './conditions.js';
import { promotedFields } from '../catalog/promoted-fields.js';
import { queryError } from './errors.js';
import type { ColumnTerm } from './record-filter.js';

type Table = 'images' | 'annotations';

/** A column that is in the database, so that its name may stand in a statement. */
export interface KnownColumn {
  readonly schema: string;
  readonly table: Table;
  readonly column: string;
}

/** The namespace of promoted fields in conditions and orders. No plugin may have it: its columns could not be told apart. */
export const PROMOTED_NAMESPACE = 'extra';

/** Looks the named columns up. @throws `DATAVIS_CATALOG_FILTER` for one that no plugin has made and nobody promoted. */
export async function findColumns(
  connection: SqlConnection,
  table: Table,
  terms: readonly ColumnTerm[],
  call: CallOptions,
): Promise<KnownColumn[]> {
  const found: KnownColumn[] = [];
  for (const { namespace, column } of terms) {
    if (namespace === PROMOTED_NAMESPACE) {
      found.push(await findPromoted(connection, table, column));
      continue;
    }
    const schema = `plg_${namespace}`;
    const rows = await connection.all<{ table_name: string; data_type: string }>(
      `SELECT table_name, data_type FROM information_schema.columns
       WHERE table_schema = ? AND column_name = ? AND table_name IN ('images', 'annotations')`,
      [schema, column],
      call,
    );
    const tables = rows.map(({ table_name }) => table_name);
    if (tables.length === 0) {
      throw queryError('DATAVIS_CATALOG_FILTER', `No plugin has made the column "${namespace}.${column}"`);
    }
    if (rows.some(({ data_type }) => data_type.endsWith(']'))) {
      throw queryError('DATAVIS_CATALOG_FILTER', `The column "${namespace}.${column}" holds lists`);
    }
    const home = tables.includes(table) ? table : (tables[0] as Table);
    found.push({ schema, table: home, column });
  }
  return found;
}

async function findPromoted(connection: SqlConnection, asked: Table, name: string): Promise<KnownColumn> {
  const fields = (await promotedFields(connection)).filter((field) => field.name === name);
  const found = fields.find(({ table }) => table === asked) ?? fields[0];
  if (found !== undefined) return { schema: 'main', table: found.table, column: found.column };
  throw queryError('DATAVIS_CATALOG_FILTER', `No field of extra was promoted as ${JSON.stringify(name)}`, {
    hint: 'Promote it first: it becomes a column then.',
  });
}

const keyOf = { images: 'image_key', annotations: 'annotation_key' } as const;
const alias = { images: 'i', annotations: 'a' } as const;

const sqlTypes: Readonly<Record<string, string>> = { number: 'DOUBLE', boolean: 'BOOLEAN', string: 'VARCHAR' };

/** The condition on records of `asked`, whose own or whose image's (annotations') column is tested. */
export function columnCondition(asked: Table, { test }: ColumnTerm, known: KnownColumn | undefined): Condition {
  if (known === undefined) throw queryError('DATAVIS_CATALOG_FILTER', 'A column was not looked up');
  // A column of the table itself is tested in place: no look-up by keys.
  const own = known.schema === 'main' && asked === known.table;
  const name = `${own ? `${alias[asked]}.` : ''}${quoted(known.column)}`;
  // Cast, because a value of another type than the column's would be an error of the statement.
  const type = 'equals' in test ? sqlTypes[typeof test.equals] : 'DOUBLE';
  const cast = `TRY_CAST(${name} AS ${type ?? 'VARCHAR'})`;
  const met = 'equals' in test ? { sql: `${cast} = ?`, params: [test.equals] } : all(inRange(cast, test));
  if (own) return met;
  const keys = `SELECT ${keyOf[known.table]} FROM ${quoted(known.schema)}.${known.table} WHERE ${met.sql}`;
  if (asked === known.table) return { sql: `${alias[asked]}.${keyOf[asked]} IN (${keys})`, params: met.params };
  const across =
    asked === 'images'
      ? `i.image_key IN (SELECT image_key FROM annotations WHERE annotation_key IN (${keys}))`
      : `a.image_key IN (${keys})`;
  return { sql: across, params: met.params };
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
