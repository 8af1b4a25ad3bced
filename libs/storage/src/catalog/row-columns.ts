import type { BoolColumn, Int64Column, Utf8Column } from '@datavis/plugin-sdk';
import { MAX_BATCH_ROWS } from '@datavis/plugin-sdk';

/** first, first + 1, …; in `values` (`rows` long), by default a new array. Without a bigint a row, which would cost more. */
export function dense(first: bigint, rows: number, values: BigInt64Array = new BigInt64Array(rows)): Int64Column {
  const words = new Uint32Array(values.buffer, values.byteOffset, 2 * rows);
  const start = Number(first);
  const high = Math.floor(start / 2 ** 32);
  const low = start - high * 2 ** 32;
  for (let row = 0; row < rows; row++) {
    words[2 * row] = low + row;
    words[2 * row + 1] = low + row < 2 ** 32 ? high : high + 1;
  }
  return { type: 'i64', values };
}

/** The same value in every row, for batches of any length. */
export function constant(value: bigint): Int64Column {
  return { type: 'i64', values: new BigInt64Array(MAX_BATCH_ROWS).fill(value) };
}

export function constantFalse(): BoolColumn {
  return { type: 'bool', values: new Uint8Array(MAX_BATCH_ROWS) };
}

/** The same text in every row. Default: for batches of any length. */
export function constantText(text: string, rows = MAX_BATCH_ROWS): Utf8Column {
  const bytes = new TextEncoder().encode(text.repeat(rows));
  const length = bytes.length / Math.max(rows, 1);
  return { type: 'utf8', bytes, offsets: Uint32Array.from({ length: rows + 1 }, (_, row) => row * length) };
}
