import type { BoolColumn, Int64Column, Utf8Column } from '@datavis/plugin-sdk';
import { MAX_BATCH_ROWS } from '@datavis/plugin-sdk';

/** Writes an integer that is exact in a double into a 64-bit slot (little-endian, as DuckDB's are), without a bigint. */
export function setInteger(words: Uint32Array, row: number, value: number): void {
  words[2 * row] = value;
  words[2 * row + 1] = Math.floor(value / 2 ** 32);
}

/** first, first + 1, … */
export function dense(first: bigint, rows: number): Int64Column {
  const values = new BigInt64Array(rows);
  const words = new Uint32Array(values.buffer);
  const start = Number(first);
  for (let row = 0; row < rows; row++) setInteger(words, row, start + row);
  return { type: 'i64', values };
}

/** The same value in every row, for batches of any length. */
export function constant(value: bigint): Int64Column {
  return { type: 'i64', values: new BigInt64Array(MAX_BATCH_ROWS).fill(value) };
}

export function constantFalse(): BoolColumn {
  return { type: 'bool', values: new Uint8Array(MAX_BATCH_ROWS) };
}

export function constantText(text: string, rows: number): Utf8Column {
  const one = new TextEncoder().encode(text);
  const bytes = new Uint8Array(one.length * rows);
  const offsets = new Uint32Array(rows + 1);
  for (let row = 0; row < rows; row++) {
    bytes.set(one, row * one.length);
    offsets[row + 1] = (row + 1) * one.length;
  }
  return { type: 'utf8', bytes, offsets };
}
