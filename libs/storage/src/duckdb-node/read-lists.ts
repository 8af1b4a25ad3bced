import type { DuckDBType } from '@duckdb/node-api';
import { api, duckdb, type Vector } from './native.js';

/** How deep the lists of doubles in a type are: 1 for DOUBLE[], 2 for DOUBLE[][]; 0 for any other type. */
export function doubleListDepth(type: DuckDBType): 0 | 1 | 2 {
  if (!(type instanceof api.DuckDBListType)) return 0;
  if (type.valueType.typeId === api.DuckDBTypeId.DOUBLE) return 1;
  return doubleListDepth(type.valueType) === 1 ? 2 : 0;
}

type Lists = (Float64Array | Lists | null)[];

/**
 * A vector of lists of doubles, copied as a whole and cut into typed arrays: a number costs no object. `undefined` where
 * a list has NULLs inside.
 */
export function readDoubleLists(vector: Vector, rows: number, depth: 1 | 2): Lists | undefined {
  const items = duckdb.list_vector_get_size(vector);
  const child = duckdb.list_vector_get_child(vector);
  let inner: Float64Array | Lists | undefined;
  if (depth === 2) inner = readDoubleLists(child, items, 1);
  else if (allValid(child, items)) inner = doubles(child, items);
  if (inner === undefined || (Array.isArray(inner) && inner.includes(null))) return undefined;
  const entries = new Uint32Array(copy(duckdb.vector_get_data(vector, rows * 16)).buffer);
  const bits = duckdb.vector_get_validity(vector, Math.ceil(rows / 64) * 8) as Uint8Array | null;
  const lists: Lists = [];
  for (let row = 0; row < rows; row++) {
    const isNull = bits !== null && !isValid(bits, row);
    // Offset and length are 64 bits each; a chunk has fewer than 2^32 items.
    const from = entries[4 * row] ?? 0;
    const to = from + (entries[4 * row + 2] ?? 0);
    lists.push(isNull ? null : Array.isArray(inner) ? inner.slice(from, to) : inner.subarray(from, to));
  }
  return lists;
}

function doubles(vector: Vector, items: number): Float64Array {
  return items === 0
    ? new Float64Array(0)
    : new Float64Array(copy(duckdb.vector_get_data(vector, items * 8)).buffer);
}

/** Whether a row is not NULL, by the bits of `vector_get_validity`. */
export function isValid(bits: Uint8Array, row: number): boolean {
  return ((bits[row >> 3] ?? 0) & (1 << (row & 7))) !== 0;
}

/** Whether no row is NULL. */
export function allValid(vector: Vector, rows: number): boolean {
  const bits = duckdb.vector_get_validity(vector, Math.ceil(rows / 64) * 8) as Uint8Array | null;
  if (bits === null) return true;
  for (let row = 0; row < rows; row++) if (!isValid(bits, row)) return false;
  return true;
}

/** The memory of a chunk is DuckDB's and goes with it. */
function copy(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const own = new Uint8Array(bytes.length);
  own.set(bytes);
  return own;
}
