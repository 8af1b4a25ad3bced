import duckdb from '@duckdb/node-bindings';
import { DuckDBTypeId, JSDuckDBValueConverter, type DuckDBDataChunk } from '@duckdb/node-api';
import type { SqlBatch } from '@datavis/plugin-sdk';
import { allValid, doubleListDepth, readDoubleLists } from './read-lists.js';

type Reader = (bytes: Uint8Array, rows: number) => ArrayLike<unknown>;

/** Types whose vector is a plain array of numbers. */
const FIXED: Readonly<Partial<Record<number, { readonly size: number; readonly read: Reader }>>> = {
  [DuckDBTypeId.BIGINT]: { size: 8, read: (b, n) => new BigInt64Array(b.buffer as ArrayBuffer, b.byteOffset, n) },
  [DuckDBTypeId.DOUBLE]: { size: 8, read: (b, n) => new Float64Array(b.buffer as ArrayBuffer, b.byteOffset, n) },
  [DuckDBTypeId.INTEGER]: { size: 4, read: (b, n) => new Int32Array(b.buffer as ArrayBuffer, b.byteOffset, n) },
  [DuckDBTypeId.FLOAT]: { size: 4, read: (b, n) => new Float32Array(b.buffer as ArrayBuffer, b.byteOffset, n) },
};

function readColumn(chunk: DuckDBDataChunk, index: number, rows: number, typedLists: boolean): ArrayLike<unknown> {
  const { type } = chunk.getColumnVector(index);
  const fixed = FIXED[type.typeId];
  const vector = duckdb.data_chunk_get_vector(chunk.chunk, index);
  if (fixed !== undefined && allValid(vector, rows)) {
    // Copied: the chunk's memory is DuckDB's and goes with it.
    return fixed.read(Uint8Array.from(duckdb.vector_get_data(vector, rows * fixed.size)), rows);
  }
  const depth = typedLists ? doubleListDepth(type) : 0;
  const lists = depth === 0 ? undefined : readDoubleLists(vector, rows, depth);
  return lists ?? chunk.convertColumnValues(index, JSDuckDBValueConverter);
}

/** A chunk of a result, column by column. */
export function readBatch(chunk: DuckDBDataChunk, names: readonly string[], typedLists = false): SqlBatch {
  const length = chunk.rowCount;
  return { length, names, columns: names.map((_, index) => readColumn(chunk, index, length, typedLists)) };
}
