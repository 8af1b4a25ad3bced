import { MAX_BATCH_ROWS, type ColumnInfo, type OutputCarriers } from '@datavis/plugin-sdk';

/** Rows without a value; grows only when a plugin calls `setNull`. */
export type NullRows = Set<number>;

/** Thrown for a value that does not fit its column; the host adds plugin, hook and rows. */
export class OutputMismatch extends Error {}

export type Carrier = OutputCarriers[keyof OutputCarriers];

/** To copy this is half as much work as to make an array and fill it. */
const NO_VALUES = new Float32Array(MAX_BATCH_ROWS).fill(NaN);

const carrierMakers: { [T in keyof OutputCarriers]: (length: number, width: number) => OutputCarriers[T] } = {
  bool: (length) => new Uint8Array(length),
  i32: (length) => new Int32Array(length),
  i64: (length) => new BigInt64Array(length),
  f32: (length) => NO_VALUES.slice(0, length),
  f64: (length) => new Float64Array(length).fill(NaN),
  utf8: (length) => new Array<string | null>(length).fill(null),
  json: (length) => new Array<unknown>(length).fill(undefined),
  'f64[]': (length) => new Array<ArrayLike<number> | null>(length).fill(null),
  'f64[][]': (length) => new Array<readonly ArrayLike<number>[] | null>(length).fill(null),
  'f32[n]': (length, width) => new Float32Array(length * width).fill(NaN),
};

export function makeCarrier(info: ColumnInfo, length: number): Carrier {
  return carrierMakers[info.type](length, info.type === 'f32[n]' ? info.width : 1);
}
