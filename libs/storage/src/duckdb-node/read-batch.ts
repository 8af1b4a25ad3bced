import duckdb from '@duckdb/node-bindings';
import { DuckDBTypeId, JSDuckDBValueConverter, type DuckDBDataChunk } from '@duckdb/node-api';
import type { SqlBatch } from '@datavis/plugin-sdk';

type Reader = (bytes: Uint8Array, rows: number) => ArrayLike<unknown>;

/** Types whose vector is a plain array of numbers. */
const FIXED: Readonly<Partial<Record<number, { readonly size: number; readonly read: Reader }>>> = {
  [DuckDBTypeId.BIGINT]: { size: 8, read: (b, n) => new BigInt64Array(b.buffer as ArrayBuffer, b.byteOffset, n) },
  [DuckDBTypeId.DOUBLE]: { size: 8, read: (b, n) => new Float64Array(b.buffer as ArrayBuffer, b.byteOffset, n) },
  [DuckDBTypeId.INTEGER]: { size: 4, read: (b, n) => new Int32Array(b.buffer as ArrayBuffer, b.byteOffset, n) },
  [DuckDBTypeId.FLOAT]: { size: 4, read: (b, n) => new Float32Array(b.buffer as ArrayBuffer, b.byteOffset, n) },
};

function allValid(vector: duckdb.Vector, rows: number): boolean {
  const bits = duckdb.vector_get_validity(vector, Math.ceil(rows / 64) * 8) as Uint8Array | null;
  if (bits === null) return true;
  for (let row = 0; row < rows; row++) if (((bits[row >> 3] ?? 0) & (1 << (row & 7))) === 0) return false;
  return true;
}

function readColumn(chunk: DuckDBDataChunk, index: number, rows: number): ArrayLike<unknown> {
  const { typeId } = chunk.getColumnVector(index).type;
  const fixed = FIXED[typeId];
  const vector = duckdb.data_chunk_get_vector(chunk.chunk, index);
  if (fixed !== undefined && allValid(vector, rows)) {
    // Copied: the chunk's memory is DuckDB's and goes with it.
    return fixed.read(Uint8Array.from(duckdb.vector_get_data(vector, rows * fixed.size)), rows);
  }
  return chunk.convertColumnValues(index, JSDuckDBValueConverter);
}

/** A chunk of a result, column by column. */
export function readBatch(chunk: DuckDBDataChunk, names: readonly string[]): SqlBatch {
  const length = chunk.rowCount;
  return { length, names, columns: names.map((_, index) => readColumn(chunk, index, length)) };
}
