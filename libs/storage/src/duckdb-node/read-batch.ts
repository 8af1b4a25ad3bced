import type { DuckDBDataChunk, DuckDBMaterializedResult } from '@duckdb/node-api';
import type { SqlBatch, SqlRow } from '@datavis/plugin-sdk';
import { api, duckdb, type Vector } from './native.js';
import { allValid, doubleListDepth, isValid, readDoubleLists } from './read-lists.js';
import { readTexts } from './read-texts.js';

type Reader = (bytes: Uint8Array, rows: number) => ArrayLike<number | bigint>;

/** Types whose vector is a plain array of numbers. */
const FIXED: Readonly<Partial<Record<number, { readonly size: number; readonly read: Reader }>>> = {
  [api.DuckDBTypeId.BIGINT]: {
    size: 8,
    read: (b, n) => new BigInt64Array(b.buffer as ArrayBuffer, b.byteOffset, n),
  },
  [api.DuckDBTypeId.DOUBLE]: {
    size: 8,
    read: (b, n) => new Float64Array(b.buffer as ArrayBuffer, b.byteOffset, n),
  },
  [api.DuckDBTypeId.INTEGER]: { size: 4, read: (b, n) => new Int32Array(b.buffer as ArrayBuffer, b.byteOffset, n) },
  [api.DuckDBTypeId.FLOAT]: { size: 4, read: (b, n) => new Float32Array(b.buffer as ArrayBuffer, b.byteOffset, n) },
};

function readColumn(chunk: DuckDBDataChunk, index: number, rows: number, typedLists: boolean): ArrayLike<unknown> {
  const { type } = chunk.getColumnVector(index);
  const fixed = FIXED[type.typeId];
  const vector = duckdb.data_chunk_get_vector(chunk.chunk, index);
  if (fixed !== undefined) {
    // Copied: the chunk's memory is DuckDB's and goes with it.
    const values = fixed.read(Uint8Array.from(duckdb.vector_get_data(vector, rows * fixed.size)), rows);
    return allValid(vector, rows) ? values : withNulls(values, vector);
  }
  if (type.typeId === api.DuckDBTypeId.VARCHAR) return readTexts(vector, rows);
  const depth = typedLists ? doubleListDepth(type) : 0;
  const lists = depth === 0 ? undefined : readDoubleLists(vector, rows, depth);
  return lists ?? chunk.convertColumnValues(index, api.JSDuckDBValueConverter);
}

function withNulls(values: ArrayLike<number | bigint>, vector: Vector): unknown[] {
  const bits = duckdb.vector_get_validity(vector, Math.ceil(values.length / 64) * 8);
  return Array.from(values, (value, row) => (isValid(bits, row) ? value : null));
}

/** A chunk of a result, column by column. */
export function readBatch(chunk: DuckDBDataChunk, names: readonly string[], typedLists = false): SqlBatch {
  const length = chunk.rowCount;
  return { length, names, columns: names.map((_, index) => readColumn(chunk, index, length, typedLists)) };
}

/** All rows of a result, as objects; its chunks are in memory already. */
export function readRows(result: DuckDBMaterializedResult): SqlRow[] {
  const names = result.deduplicatedColumnNames();
  const rows: Record<string, unknown>[] = [];
  for (let index = 0; index < result.chunkCount; index++) {
    const { length, columns } = readBatch(result.getChunk(index), names);
    const from = rows.length;
    for (let row = 0; row < length; row++) rows.push({});
    for (const [at, name] of names.entries()) {
      const column = columns[at];
      for (let row = 0; row < length; row++) (rows[from + row] as Record<string, unknown>)[name] = column?.[row];
    }
  }
  return rows;
}
