import type { AppendColumns, Column } from '@datavis/plugin-sdk';
import {
  Bool,
  Field,
  FixedSizeList,
  Float32,
  Float64,
  Int32,
  Int64,
  List,
  makeData,
  Null,
  RecordBatch,
  Schema,
  Struct,
  Table,
  tableToIPC,
  Utf8,
  type Data,
} from 'apache-arrow';

/**
 * One complete Arrow IPC stream of a batch, with a column for each of `names` in this order: duckdb-wasm inserts by
 * position. Columns that are not given are of type Null, which DuckDB casts to any type.
 */
export function toArrowIpc(columns: AppendColumns, names: readonly string[], length: number): Uint8Array {
  const children = names.map((name) => {
    const column = columns[name];
    const data = column === undefined ? undefined : toData(column, length);
    // A typed column without any value makes duckdb-wasm drop the whole stream, without an error.
    return data === undefined || data.nullCount === length ? makeData({ type: new Null(), length }) : data;
  });
  const fields = children.map((data, at) => new Field(names[at] ?? '', data.type, true));
  const schema = new Schema(fields);
  const struct = makeData({ type: new Struct(fields), length, nullCount: 0, children });
  return tableToIPC(new Table(schema, [new RecordBatch(schema, struct)]), 'stream');
}

function toData(column: Column, length: number): Data {
  const valid = validityOf(column, length);
  switch (column.type) {
    case 'i64':
      return makeData({ type: new Int64(), length, ...valid, data: column.values.subarray(0, length) });
    case 'i32':
      return makeData({ type: new Int32(), length, ...valid, data: column.values.subarray(0, length) });
    case 'f64':
      return float64(column.values, length, valid);
    case 'f32':
      return makeData({ type: new Float32(), length, ...valid, data: column.values.subarray(0, length) });
    case 'bool':
      return makeData({ type: new Bool(), length, ...valid, data: bits(column.values, length) });
    case 'utf8':
    case 'json':
      return makeData({
        type: new Utf8(),
        length,
        ...valid,
        valueOffsets: offsetsOf(column.offsets, length),
        data: column.bytes.subarray(0, column.offsets[length]),
      });
    case 'f64[]':
      return list(column.offsets, length, valid, float64(column.values, column.offsets[length] ?? 0));
    case 'f64[][]': {
      const parts = column.offsets[length] ?? 0;
      const values = float64(column.values, column.partOffsets[parts] ?? 0);
      return list(column.offsets, length, valid, list(column.partOffsets, parts, {}, values));
    }
    case 'f32[n]': {
      const count = length * column.width;
      const child = makeData({
        type: new Float32(),
        length: count,
        nullCount: 0,
        data: column.values.subarray(0, count),
      });
      const type = new FixedSizeList(column.width, new Field('item', child.type, true));
      return makeData({ type, length, ...valid, child });
    }
  }
}

interface Valid {
  readonly nullBitmap?: Uint8Array;
  readonly nullCount?: number;
}

function validityOf({ validity }: Column, length: number): Valid {
  if (validity === undefined) return { nullCount: 0 };
  const bytes = new Uint8Array(validity.buffer, validity.byteOffset, validity.byteLength);
  return { nullBitmap: bytes.subarray(0, Math.ceil(length / 8)), nullCount: -1 };
}

function float64(values: Float64Array, length: number, valid: Valid = { nullCount: 0 }): Data {
  return makeData({ type: new Float64(), length, ...valid, data: values.subarray(0, length) });
}

function list(offsets: Uint32Array, length: number, valid: Valid, child: Data): Data {
  const type = new List(new Field('item', child.type, true));
  return makeData({ type, length, nullCount: 0, ...valid, valueOffsets: offsetsOf(offsets, length), child });
}

/** Offsets of a batch stay far below 2^31, so the same bits are Arrow's signed ones. */
function offsetsOf(offsets: Uint32Array, length: number): Int32Array {
  return new Int32Array(offsets.buffer, offsets.byteOffset, length + 1);
}

function bits(values: Uint8Array, length: number): Uint8Array {
  const packed = new Uint8Array(Math.ceil(length / 8));
  for (let row = 0; row < length; row += 1) {
    if (values[row] !== 0) packed[row >>> 3] = (packed[row >>> 3] ?? 0) | (1 << (row & 7));
  }
  return packed;
}
