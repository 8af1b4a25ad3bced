import type { DuckDBType, DuckDBValue } from '@duckdb/node-api';
import type { SqlValue } from '@datavis/plugin-sdk';
import { api } from './native.js';

const { BIGINT, BOOLEAN, DOUBLE, INTEGER, LIST, listValue, SQLNULL, VARCHAR } = api;

/** Values and their types, as DuckDB binds them: left to itself it takes every number for a double. */
export function bindings(params: readonly SqlValue[]): { values: DuckDBValue[]; types: DuckDBType[] } {
  const bound = params.map(bind);
  return { values: bound.map(({ value }) => value), types: bound.map(({ type }) => type) };
}

interface Bound {
  readonly value: DuckDBValue;
  readonly type: DuckDBType;
}

/** Types of numbers, each of which can hold what the ones before it hold. */
const NUMBERS: readonly DuckDBType[] = [INTEGER, BIGINT, DOUBLE];

function bind(value: SqlValue): Bound {
  if (isList(value)) return bindList(value);
  const type = typeOf(value);
  return { value: type === BIGINT ? BigInt(value as bigint | number) : value, type };
}

/** All items of a list have one type, the widest that one of them needs. */
function bindList(list: readonly SqlValue[]): Bound {
  const items = list.map(bind);
  const type = items.reduce<DuckDBType>((widest, item) => wider(widest, item.type), SQLNULL);
  const fitted = items.map((item) => (item.value === null ? null : fit(item, type)));
  return { value: listValue(fitted), type: LIST(type) };
}

function wider(one: DuckDBType, other: DuckDBType): DuckDBType {
  if (other === SQLNULL) return one;
  return one === SQLNULL || NUMBERS.indexOf(other) > NUMBERS.indexOf(one) ? other : one;
}

function fit({ value, type }: Bound, into: DuckDBType): DuckDBValue {
  if (into === BIGINT && type === INTEGER) return BigInt(value as number);
  return into === DOUBLE && type === BIGINT ? Number(value) : value;
}

function typeOf(value: Exclude<SqlValue, readonly SqlValue[]>): DuckDBType {
  switch (typeof value) {
    case 'bigint':
      return BIGINT;
    case 'boolean':
      return BOOLEAN;
    case 'string':
      return VARCHAR;
    case 'number':
      if (!Number.isInteger(value) || Math.abs(value) >= 2 ** 63) return DOUBLE;
      return value === (value | 0) ? INTEGER : BIGINT;
    default:
      return SQLNULL;
  }
}

const isList = (value: SqlValue): value is readonly SqlValue[] => Array.isArray(value);
