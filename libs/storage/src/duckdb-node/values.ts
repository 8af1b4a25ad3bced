import { BIGINT, BOOLEAN, DOUBLE, INTEGER, LIST, listValue, SQLNULL, VARCHAR } from '@duckdb/node-api';
import type { DuckDBType, DuckDBValue } from '@duckdb/node-api';
import type { SqlValue } from '@datavis/plugin-sdk';

/** Values and their types, as DuckDB binds them: left to itself it takes every number for a double. */
export function bindings(params: readonly SqlValue[]): { values: DuckDBValue[]; types: DuckDBType[] } {
  return { values: params.map(toDuckDb), types: params.map(typeOf) };
}

function toDuckDb(value: SqlValue): DuckDBValue {
  if (isList(value)) return listValue(value.map(toDuckDb));
  return typeof value === 'number' && typeOf(value) === BIGINT ? BigInt(value) : value;
}

function typeOf(value: SqlValue): DuckDBType {
  if (isList(value)) return LIST(typeOf(value.find((item) => item !== null) ?? null));
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
