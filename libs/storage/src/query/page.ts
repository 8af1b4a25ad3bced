import type { SqlRow, SqlValue } from '@datavis/plugin-sdk';
import type { RecordTable } from './compile-filter.js';
import { all } from './conditions.js';
import type { Condition } from './conditions.js';
import { decodeCursor, encodeCursor } from './cursor.js';
import { queryError } from './errors.js';

/** Orders that can be asked for, and the column each is by; `-` before the name is descending. */
const orders = {
  images: { key: undefined, file_name: 'text', width: 'number', height: 'number' },
  annotations: { key: undefined, area: 'number', score: 'number' },
} as const;

const sources = {
  images: {
    key: 'image_key',
    alias: 'i',
    select: `SELECT i.*, s.name AS split FROM images i LEFT JOIN splits s ON s.split_key = i.split_key`,
  },
  annotations: {
    key: 'annotation_key',
    alias: 'a',
    select: `SELECT a.*, c.name AS category FROM annotations a LEFT JOIN categories c ON c.category_key = a.category_key`,
  },
} as const;

export interface PageRequest {
  /** Default `key`. @see SORTS */
  readonly sort?: string;
  readonly cursor?: string;
  readonly limit: number;
}

/** Orders of a table, for messages and descriptions. */
export const SORTS: Readonly<Record<RecordTable, readonly string[]>> = {
  images: Object.keys(orders.images).flatMap((name) => [name, `-${name}`]),
  annotations: Object.keys(orders.annotations).flatMap((name) => [name, `-${name}`]),
};

/** All rows that meet a condition, in the order of their import unless another is asked for. */
export function rowsSql(table: RecordTable, where: Condition, sort: string | undefined): Condition {
  const { select } = sources[table];
  const order = sort === undefined || sort === 'key' ? '' : ` ORDER BY ${orderOf(table, sort)}`;
  return { sql: `${select} WHERE ${where.sql}${order}`, params: where.params };
}

/**
 * One page and one row more, which tells whether there is a next page. The rows are chosen by the columns that the
 * conditions and the order need; the wide ones (polygons, texts) are read for the chosen rows alone.
 */
export function pageSql(
  table: RecordTable,
  where: Condition,
  { sort = 'key', cursor, limit }: PageRequest,
): Condition {
  const { select, alias } = sources[table];
  const order = orderOf(table, sort);
  const met = all([where, ...(cursor === undefined ? [] : [after(table, sort, cursor)])]);
  const chosen = `SELECT ${alias}.rowid FROM ${table} ${alias} WHERE ${met.sql} ORDER BY ${order} LIMIT ?`;
  return {
    sql: `${select} WHERE ${alias}.rowid IN (${chosen}) ORDER BY ${order}`,
    params: [...met.params, limit + 1],
  };
}

/** Rows of the page, and the cursor of the next one. */
export function toPage(
  table: RecordTable,
  rows: readonly SqlRow[],
  { sort = 'key', limit }: PageRequest,
): { readonly rows: readonly SqlRow[]; readonly next: string | null } {
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  if (rows.length <= limit || last === undefined) return { rows: page, next: null };
  const { column } = parts(table, sort);
  const key = last[sources[table].key] as bigint;
  const value = column === undefined ? undefined : ((last[column] ?? null) as string | number | null);
  return { rows: page, next: encodeCursor({ sort, key, ...(value !== undefined && { value }) }) };
}

function parts(table: RecordTable, sort: string): { column: string | undefined; descending: boolean } {
  const descending = sort.startsWith('-');
  const column = descending ? sort.slice(1) : sort;
  if (!Object.hasOwn(orders[table], column)) {
    throw queryError('DATAVIS_CATALOG_FILTER', `There is no order ${JSON.stringify(sort.slice(0, 100))}`, {
      hint: `There are ${SORTS[table].join(', ')}.`,
    });
  }
  return { column: column === 'key' ? undefined : column, descending };
}

function orderOf(table: RecordTable, sort: string): string {
  const { column, descending } = parts(table, sort);
  const { alias, key } = sources[table];
  const direction = descending ? 'DESC' : 'ASC';
  const first = column === undefined ? '' : `${alias}.${column} ${direction} NULLS LAST, `;
  return `${first}${alias}.${key} ${direction}`;
}

/** The rows behind a cursor; those without a sort value come last, in both directions. */
function after(table: RecordTable, sort: string, text: string): Condition {
  const { column, descending } = parts(table, sort);
  const cursor = decodeCursor(text, sort);
  const { alias, key } = sources[table];
  const beyond = descending ? '<' : '>';
  const byKey = { sql: `${alias}.${key} ${beyond} ?`, params: [cursor.key] };
  if (column === undefined) return byKey;
  const name = `${alias}.${column}`;
  if (cursor.value === null) return { sql: `(${name} IS NULL AND ${byKey.sql})`, params: byKey.params };
  const wanted =
    (orders[table] as Readonly<Record<string, string | undefined>>)[column] === 'text' ? 'string' : 'number';
  if (typeof cursor.value !== wanted) throw queryError('DATAVIS_CATALOG_CURSOR', 'This is no cursor of this order');
  const value: SqlValue = cursor.value ?? null;
  return {
    sql: `(${name} ${beyond} ? OR (${name} = ? AND ${byKey.sql}) OR ${name} IS NULL)`,
    params: [value, value, cursor.key],
  };
}
