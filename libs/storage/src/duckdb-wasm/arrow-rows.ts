import type { SqlBatch } from '@datavis/plugin-sdk';
import { DataType, Vector, type RecordBatch } from 'apache-arrow';

/** A batch as the contract has it: typed arrays where a column is numeric without nulls, else plain values. */
export function toSqlBatch(batch: RecordBatch): SqlBatch {
  return {
    length: batch.numRows,
    names: batch.schema.fields.map(({ name }) => name),
    columns: batch.schema.fields.map((_field, at) => columnOf(batch.getChildAt(at), batch.numRows)),
  };
}

function columnOf(vector: Vector | null, length: number): ArrayLike<unknown> {
  if (vector === null) return new Array<null>(length).fill(null);
  const type = vector.type as DataType;
  const plainNumbers = DataType.isInt(type) || DataType.isFloat(type);
  // A copy: the next batch may reuse the memory of this one.
  if (plainNumbers && vector.nullCount === 0) return (vector.toArray() as Float64Array).slice();
  return Array.from({ length }, (_, row) => plain(vector.get(row), type));
}

function plain(value: unknown, type: DataType): unknown {
  if (value === null || value === undefined) return null;
  if (value instanceof Vector)
    return Array.from(value as Iterable<unknown>, (item) => plain(item, value.type as DataType));
  // Arrow gives milliseconds since 1970; the contract has dates.
  if (DataType.isTimestamp(type)) return new Date(Number(value));
  if (DataType.isDecimal(type)) return decimal(value as Uint32Array, type.scale);
  return value;
}

/** HUGEINT (sums of BIGINT) arrives as a 128-bit decimal without a fraction. */
function decimal(words: Uint32Array, scale: number): bigint | number {
  let bits = 0n;
  for (let at = words.length - 1; at >= 0; at -= 1) bits = (bits << 32n) | BigInt(words[at] ?? 0);
  const value = BigInt.asIntN(words.length * 32, bits);
  return scale === 0 ? value : Number(value) / 10 ** scale;
}
