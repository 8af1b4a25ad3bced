import type { SqlRow } from '@datavis/plugin-sdk';
import type { RecordTable } from './compile-filter.js';
import { all } from './conditions.js';
import type { Condition } from './conditions.js';
import { decodeCursor, encodeCursor } from './cursor.js';
import { queryError } from './errors.js';
import { boundValue, cursorValue, type Order } from './order.js';

const sources = {
  images: {
    key: 'image_key',
    alias: 'i',
    columns: 'i.*, s.name AS split',
    join: 'LEFT JOIN splits s ON s.split_key = i.split_key',
  },
  annotations: {
    key: 'annotation_key',
    alias: 'a',
    columns: 'a.*, c.name AS category',
    join: 'LEFT JOIN categories c ON c.category_key = a.category_key',
  },
} as const;

export interface PageRequest {
  /** Default `key`. @see SORTS; `extra.NAME` for promoted fields. */
  readonly sort?: string;
  readonly cursor?: string;
  readonly limit: number;
}

/** All rows that meet a condition, in the order of their import unless another is asked for. */
export function rowsSql(table: RecordTable, where: Condition, order: Order): Condition {
  const { columns, alias, join } = sources[table];
  const sorted = order.sort === 'key' ? '' : ` ORDER BY ${orderSql(table, order)}`;
  return {
    sql: `SELECT ${columns} FROM ${table} ${alias} ${join} WHERE ${where.sql}${sorted}`,
    params: where.params,
  };
}

/**
 * One page and one row more, which tells whether there is a next page. The rows are chosen by the columns that the
 * conditions and the order need; the wide ones (polygons, texts) are read for the chosen rows alone, by their key: DuckDB
 * passes over row groups by its statistics, which it has none of for `rowid`. Names are joined to them last.
 */
export function pageSql(
  table: RecordTable,
  where: Condition,
  order: Order,
  { cursor, limit }: PageRequest,
): Condition {
  const { columns, alias, join, key } = sources[table];
  const sorted = orderSql(table, order);
  const met = all([where, ...(cursor === undefined ? [] : [after(table, order, cursor)])]);
  const chosen = `SELECT ${alias}.${key} FROM ${table} ${alias} WHERE ${met.sql} ORDER BY ${sorted} LIMIT ?`;
  const rows = `SELECT * FROM ${table} WHERE ${key} IN (${chosen})`;
  return {
    sql: `SELECT ${columns} FROM (${rows}) ${alias} ${join} ORDER BY ${sorted}`,
    params: [...met.params, limit + 1],
  };
}

/** Rows of the page, and the cursor of the next one. */
export function toPage(
  table: RecordTable,
  rows: readonly SqlRow[],
  order: Order,
  limit: number,
): { readonly rows: readonly SqlRow[]; readonly next: string | null } {
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  if (rows.length <= limit || last === undefined) return { rows: page, next: null };
  const key = last[sources[table].key] as bigint;
  const value = cursorValue(order, last);
  return { rows: page, next: encodeCursor({ sort: order.sort, key, ...(value !== undefined && { value }) }) };
}

function orderSql(table: RecordTable, { column, descending }: Order): string {
  const { alias, key } = sources[table];
  const direction = descending ? 'DESC' : 'ASC';
  const first = column === undefined ? '' : `${alias}.${column} ${direction} NULLS LAST, `;
  return `${first}${alias}.${key} ${direction}`;
}

/** The rows behind a cursor; those without a sort value come last, in both directions. */
function after(table: RecordTable, order: Order, text: string): Condition {
  const { column, descending } = order;
  const cursor = decodeCursor(text, order.sort);
  const { alias, key } = sources[table];
  const beyond = descending ? '<' : '>';
  const byKey = { sql: `${alias}.${key} ${beyond} ?`, params: [cursor.key] };
  if (column === undefined) return byKey;
  const name = `${alias}.${column}`;
  if (cursor.value === null) return { sql: `(${name} IS NULL AND ${byKey.sql})`, params: byKey.params };
  const value = cursor.value === undefined ? undefined : boundValue(order, cursor.value);
  if (value === undefined) throw queryError('DATAVIS_CATALOG_CURSOR', 'This is no cursor of this order');
  return {
    sql: `(${name} ${beyond} ? OR (${name} = ? AND ${byKey.sql}) OR ${name} IS NULL)`,
    params: [value, value, cursor.key],
  };
}
