import type { Validity } from '@datavis/plugin-sdk';
import { duckdb, type Vector } from './native.js';

/** Rows of a vector, at most. */
export const VECTOR_ROWS = 2048;

export function copy(vector: Vector, source: ArrayBufferView, bytes: number): void {
  if (bytes > 0) duckdb.copy_data_to_vector(vector, 0, source.buffer as ArrayBuffer, source.byteOffset, bytes);
}

export function setValidity(vector: Vector, validity: Validity, rows: number): void {
  const bytes = ((rows + 31) >>> 5) * 4;
  duckdb.vector_ensure_validity_writable(vector);
  duckdb.copy_data_to_vector_validity(vector, 0, validity.buffer as ArrayBuffer, validity.byteOffset, bytes);
}

/** What is copied into a vector at once needs no array of its own each time, which the collector would have to free. */
let scratch = new Uint32Array(VECTOR_ROWS * 4);

export function scratchOf(length: number): Uint32Array<ArrayBuffer> {
  if (length > scratch.length) scratch = new Uint32Array(length);
  return scratch;
}
