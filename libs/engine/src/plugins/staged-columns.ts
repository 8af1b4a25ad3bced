import { hasValue, type Column, type ColumnInfo, type InputCarriers } from '@datavis/plugin-sdk';
import { isFixed, type ArrayPool } from './array-pool.js';
import type { InputCarrier } from './input-carriers.js';
import { makeCarrier, OutputMismatch, type Carrier, type NullRows } from './output-carriers.js';
import { encodeColumn } from './output-columns.js';

/** A column that a hook is writing. */
export interface Staged {
  readonly info: ColumnInfo;
  readonly carrier: Carrier;
  /** Rows the plugin took the value of. */
  readonly nulls: NullRows;
  /** Rewrites: rows that had no value. They get one when their slot is no longer 0. */
  readonly empty?: NullRows;
}

/** A declared column, without a value in any row yet. */
export function stageOutput(info: ColumnInfo, length: number): Staged {
  return { info, carrier: makeCarrier(info, length), nulls: new Set() };
}

/** A copy of a core column. Fixed-width values and texts only: see `RewritableType`. */
export function stageRewrite(column: Column, input: InputCarrier | undefined, length: number): Staged {
  const empty: NullRows = new Set();
  for (let row = 0; row < length; row++) if (!hasValue(column, row)) empty.add(row);
  const isFloat = column.type === 'f32' || column.type === 'f64';
  const carrier = (input as { slice(from: number, to: number): Carrier }).slice(0, length);
  const info = { type: column.type } as ColumnInfo;
  // Floats say "no value" by NaN, texts by null; only whole numbers and flags cannot.
  return isFloat || column.type === 'utf8'
    ? { info, carrier, nulls: new Set() }
    : { info, carrier, nulls: new Set(), empty };
}

/**
 * What a hook wrote, in memory of the host's own: what the plugin does to its array from now on changes nothing.
 *
 * @throws OutputMismatch
 */
export function encodeOutput({ info, carrier, nulls }: Staged, length: number, pool: ArrayPool): Column {
  assertLength(info, carrier, length);
  if (!isFixed(info.type)) return encodeColumn(info, carrier, length, nulls);
  const values = pool.take(info.type, length);
  values.set(carrier as never);
  return encodeColumn(info, values, length, nulls);
}

/** @throws OutputMismatch */
export function encodeRewrite({ info, carrier, nulls, empty = new Set() }: Staged, length: number): Column {
  assertLength(info, carrier, length);
  for (const row of empty) if (Number(carrier[row]) === 0) nulls.add(row);
  return encodeColumn(info, carrier, length, nulls);
}

function assertLength(info: ColumnInfo, carrier: Carrier, length: number): void {
  const values = length * (info.type === 'f32[n]' ? info.width : 1);
  if (carrier.length === values) return;
  // The memory of a typed array that was transferred away is gone: reading it would end the process.
  const hint = Array.isArray(carrier) ? 'write by row, as in values[row] = …' : 'its memory was transferred away';
  throw new OutputMismatch(`it has ${carrier.length} values for ${length} rows: ${hint}`);
}

/** What a hook reads of a column that another plugin has not written in this batch. */
export function emptyInput(type: keyof InputCarriers, length: number): InputCarrier {
  if (type === 'f64[]') return { type, values: new Float64Array(0), offsets: new Uint32Array(length + 1) };
  if (type === 'f64[][]') {
    const partOffsets = new Uint32Array(1);
    return { type, values: new Float64Array(0), partOffsets, offsets: new Uint32Array(length + 1) };
  }
  if (type === 'f32[n]') return new Float32Array(0);
  if (type === 'json') return new Array<unknown>(length).fill(null);
  return makeCarrier({ type }, length);
}
