import type { Column, ColumnType } from '@datavis/plugin-sdk';
import { duckdb, type Vector } from './native.js';
import { writeText } from './text-vector.js';
import { copy, scratchOf, setValidity, VECTOR_ROWS } from './vector-memory.js';

/**
 * Columns into DuckDB's vectors by bulk copy: nothing is made a value on the way.
 *
 * A list vector holds pairs (offset, length) of 64 bits each, and its items in a child vector.
 */
const nothingValid = new Uint32Array(VECTOR_ROWS / 32);

/** All rows of the vector become NULL. */
export function writeNulls(vector: Vector, rows: number): void {
  setValidity(vector, nothingValid, rows);
}

/** Offsets of Arrow's kind (`n + 1` ends) as the pairs of a list vector. */
function listEntries(offsets: Uint32Array, rows: number): Uint32Array {
  const entries = scratchOf(rows * 4);
  for (let row = 0; row < rows; row++) {
    const start = offsets[row] ?? 0;
    entries[4 * row] = start;
    entries[4 * row + 1] = 0;
    entries[4 * row + 2] = (offsets[row + 1] ?? start) - start;
    entries[4 * row + 3] = 0;
  }
  return entries;
}

/** Writes the pairs of a list vector, makes room for its items, and returns the vector of these. */
function openList(vector: Vector, offsets: Uint32Array, rows: number): { child: Vector; items: number } {
  const items = offsets[rows] ?? 0;
  duckdb.list_vector_reserve(vector, items);
  duckdb.list_vector_set_size(vector, items);
  copy(vector, listEntries(offsets, rows), rows * 16);
  return { child: duckdb.list_vector_get_child(vector), items };
}

/** Doubles that are whole numbers below 2^53, as 64-bit integers: two 32-bit halves, no BigInt a row. */
function toInt64(values: Float64Array | Int32Array, rows: number): Uint32Array {
  const halves = scratchOf(rows * 2);
  for (let row = 0; row < rows; row++) {
    const value = values[row] ?? 0;
    halves[2 * row] = value;
    halves[2 * row + 1] = Math.floor(value / 2 ** 32);
  }
  return halves;
}

function writeValues(vector: Vector, column: Column, rows: number, sqlType: string): void {
  switch (column.type) {
    case 'utf8':
    case 'json':
      writeText(vector, column, rows);
      return;
    case 'f64[]': {
      const { child, items } = openList(vector, column.offsets, rows);
      copy(child, column.values, items * 8);
      return;
    }
    case 'f64[][]': {
      const { child, items: parts } = openList(vector, column.offsets, rows);
      const { child: numbers, items } = openList(child, column.partOffsets, parts);
      copy(numbers, column.values, items * 8);
      return;
    }
    case 'f32[n]':
      copy(duckdb.array_vector_get_child(vector), column.values, rows * column.width * 4);
      return;
    case 'i32':
    case 'f64':
      if (sqlType === 'BIGINT') {
        copy(vector, toInt64(column.values, rows), rows * 8);
        return;
      }
  }
  copy(vector, column.values, rows * column.values.BYTES_PER_ELEMENT);
}

const SQL_TYPES: Readonly<Record<ColumnType, readonly string[]>> = {
  i64: ['BIGINT'],
  i32: ['INTEGER', 'BIGINT'],
  f64: ['DOUBLE', 'BIGINT'],
  f32: ['FLOAT'],
  bool: ['BOOLEAN'],
  utf8: ['VARCHAR'],
  json: ['VARCHAR'],
  'f64[]': ['DOUBLE[]'],
  'f64[][]': ['DOUBLE[][]'],
  'f32[n]': [],
};

/** Whether a column can be copied into a vector of this SQL type, such as `DOUBLE[][]` or `FLOAT[3]`. */
export function fits(column: Column, sqlType: string): boolean {
  if (column.type === 'f32[n]') return sqlType === `FLOAT[${column.width}]`;
  return SQL_TYPES[column.type].includes(sqlType);
}

/** Fills rows 0 to `rows` of a vector whose SQL type {@link fits} the column. */
export function writeColumn(vector: Vector, column: Column, rows: number, sqlType: string): void {
  if (column.validity !== undefined) setValidity(vector, column.validity, rows);
  writeValues(vector, column, rows, sqlType);
}
