import { DataVisError, type SqlConnection } from '@datavis/plugin-sdk';
import { boundsOf, inScope, type LinkScope } from './link-scope.js';

export type PromotedTable = 'images' | 'annotations';
/** `integer` is BIGINT, `number` DOUBLE, `text` VARCHAR, `boolean` BOOLEAN. */
export type PromotedType = 'integer' | 'number' | 'text' | 'boolean';

export interface PromoteRequest {
  readonly table: PromotedTable;
  /** Key of the records' `extra`, as the files spell it. */
  readonly field: string;
  /** The column is `x_NAME`, filters and orders say `extra.NAME`. Default: the key in lower case, other signs as `_`. */
  readonly name?: string | undefined;
  /** Default: what all values are. Must be said where they are of several kinds, or lists and objects (`text`). */
  readonly type?: PromotedType | undefined;
}

export interface PromotedField {
  readonly table: PromotedTable;
  readonly field: string;
  readonly name: string;
  readonly column: string;
  readonly type: PromotedType;
}

/** The column that was made, over all datasets of the catalog. */
export interface PromoteResult extends PromotedField {
  /** Records whose column has a value. */
  readonly values: number;
  /** Records that have the key with a value that is not of the type: their column is NULL, their `extra` as found. */
  readonly unconverted: number;
}

export type PromoteErrorCode =
  | 'DATAVIS_CATALOG_PROMOTE_MIXED'
  | 'DATAVIS_CATALOG_PROMOTE_NAME'
  | 'DATAVIS_CATALOG_PROMOTE_NOTHING'
  | 'DATAVIS_CATALOG_PROMOTE_UNSUPPORTED';

const SQL_TYPES: Readonly<Record<PromotedType, string>> = {
  integer: 'BIGINT',
  number: 'DOUBLE',
  text: 'VARCHAR',
  boolean: 'BOOLEAN',
};
/** What a text must look like: TRY_CAST alone makes 2 of `1.5`, and true of `yes`. */
const FORMS: Readonly<Partial<Record<PromotedType, string>>> = {
  integer: '-?\\d+',
  number: '-?\\d+(\\.\\d*)?([eE][-+]?\\d+)?',
  boolean: 'true|false',
};
/** Names that DuckDB's json_type has for values, and the type each makes. */
const KINDS: Readonly<Record<string, PromotedType>> = {
  BIGINT: 'integer',
  UBIGINT: 'integer',
  DOUBLE: 'number',
  VARCHAR: 'text',
  BOOLEAN: 'boolean',
};

export function promoteError(
  code: PromoteErrorCode,
  message: string,
  hint: string,
): DataVisError<PromoteErrorCode> {
  return new DataVisError(code, message, { hint });
}

const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;
/** JSON pointer, which takes keys with any signs. */
const pointer = (field: string): string => literal(`/${field.replaceAll('~', '~0').replaceAll('/', '~1')}`);
/** The value as text, NULL where the record does not have the key or says null. */
const textOf = (field: string): string =>
  `CASE WHEN json_valid(extra) THEN json_extract_string(extra, ${pointer(field)}) END`;

function valueOf({ field, type }: Pick<PromotedField, 'field' | 'type'>): string {
  const form = FORMS[type];
  if (form === undefined) return textOf(field);
  const text = textOf(field);
  return `CASE WHEN regexp_full_match(${text}, '${form}') THEN TRY_CAST(${text} AS ${SQL_TYPES[type]}) END`;
}

/** Rows whose value is not of the field's type. */
export function unconvertedRows({ field, column }: Pick<PromotedField, 'field' | 'column'>): string {
  return `extra IS NOT NULL AND "${column}" IS NULL AND ${textOf(field)} IS NOT NULL`;
}

/** The fields that were promoted, in the order in which they were. */
export async function promotedFields(connection: SqlConnection): Promise<PromotedField[]> {
  const rows = await connection.all<{
    table_name: PromotedTable;
    field: string;
    column_name: string;
    type: PromotedType;
  }>('SELECT table_name, field, column_name, type FROM promoted_fields ORDER BY rowid');
  return rows.map(({ table_name: table, field, column_name: column, type }) => ({
    table,
    field,
    name: column.slice('x_'.length),
    column,
    type,
  }));
}

async function typeOf(connection: SqlConnection, { table, field }: PromoteRequest): Promise<PromotedType> {
  const found = await connection.all<{ kind: string; n: bigint }>(
    `SELECT json_type(extra, ${pointer(field)}) AS kind, count(*) AS n FROM ${table}
     WHERE extra IS NOT NULL AND json_valid(extra) GROUP BY kind HAVING kind <> 'NULL' ORDER BY n DESC`,
  );
  const types = new Set(found.map(({ kind }) => KINDS[kind]));
  const [only] = types;
  if (types.size === 1 && only !== undefined) return only;
  if (types.size === 2 && types.has('integer') && types.has('number')) return 'number';
  if (found.length === 0) {
    throw promoteError(
      'DATAVIS_CATALOG_PROMOTE_NOTHING',
      `No record of ${table} has ${JSON.stringify(field)} in its extra`,
      'Keys are case-sensitive; those of the format itself have columns already.',
    );
  }
  throw promoteError(
    'DATAVIS_CATALOG_PROMOTE_MIXED',
    `${JSON.stringify(field)} holds ${found.map(({ kind, n }) => `${n} ${kind.toLowerCase()}`).join(', ')}`,
    'Say the type that the column shall have; values of other kinds stay in extra, and are counted.',
  );
}

async function columnOf(connection: SqlConnection, { table, field, name }: PromoteRequest): Promise<string> {
  const chosen =
    name ??
    field
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, '_')
      .replaceAll(/^[_0-9]+|_+$/g, '');
  const known = await promotedFields(connection);
  const taken = known.find((one) => one.table === table && (one.name === chosen || one.field === field));
  if (/^[a-z][a-z0-9_]{0,62}$/.test(chosen) && taken === undefined) return `x_${chosen}`;
  throw promoteError(
    'DATAVIS_CATALOG_PROMOTE_NAME',
    taken === undefined
      ? `${JSON.stringify(chosen)} cannot be the name of a column`
      : `${taken.column} of ${table} is the column of ${JSON.stringify(taken.field)} already`,
    'Give a name of lower-case letters, digits and _, or demote the earlier field first.',
  );
}

/** Makes a key of `extra` a typed column and fills it, inside of the caller's transaction. `extra` stays as it is. */
export async function promoteField(connection: SqlConnection, request: PromoteRequest): Promise<PromoteResult> {
  const { table, field } = request;
  const column = await columnOf(connection, request);
  const type = request.type ?? (await typeOf(connection, request));
  const promoted: PromotedField = { table, field, name: column.slice('x_'.length), column, type };
  await connection.run(`ALTER TABLE ${table} ADD COLUMN "${column}" ${SQL_TYPES[type]}`);
  await connection.run('INSERT INTO promoted_fields VALUES (?, ?, ?, ?)', [table, field, column, type]);
  await connection.run(`UPDATE ${table} SET "${column}" = ${valueOf(promoted)} WHERE extra IS NOT NULL`);
  const [counts] = await connection.all<{ filled: bigint; unconverted: bigint }>(
    `SELECT count("${column}") AS filled, count(*) FILTER (${unconvertedRows(promoted)}) AS unconverted FROM ${table}`,
  );
  return { ...promoted, values: Number(counts?.filled ?? 0n), unconverted: Number(counts?.unconverted ?? 0n) };
}

/** Takes the column away again; nothing is lost, `extra` has it all. False where the field is not promoted. */
export async function demoteField(
  connection: SqlConnection,
  { table, field }: Pick<PromotedField, 'table' | 'field'>,
): Promise<boolean> {
  const known = (await promotedFields(connection)).find((one) => one.table === table && one.field === field);
  if (known === undefined) return false;
  await connection.run(`ALTER TABLE ${table} DROP COLUMN "${known.column}"`);
  await connection.run('DELETE FROM promoted_fields WHERE table_name = ? AND field = ?', [table, field]);
  return true;
}

/** Fills the columns for the rows of sources: after they were linked, and after one took the place of its earlier version. */
export async function fillPromoted(
  connection: SqlConnection,
  scope: Pick<LinkScope, 'first' | 'last'>,
): Promise<readonly PromotedField[]> {
  const fields = await promotedFields(connection);
  const bounds = boundsOf(scope);
  for (const promoted of fields) {
    const { table, column } = promoted;
    const rows =
      table === 'annotations' ? inScope() : `image_key IN (SELECT image_key FROM source_images WHERE ${inScope()})`;
    await connection.run(
      `UPDATE ${table} SET "${column}" = ${valueOf(promoted)} WHERE ${rows} AND extra IS NOT NULL`,
      bounds,
    );
    await connection.run(
      `UPDATE ${table} SET "${column}" = NULL WHERE ${rows} AND extra IS NULL AND "${column}" IS NOT NULL`,
      bounds,
    );
  }
  return fields;
}
