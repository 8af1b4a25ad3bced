import type { Validity } from '@datavis/plugin-sdk';
import { OutputMismatch, type NullRows } from './output-carriers.js';

/** Bits of rows with a value; made with the first row that has none. */
export class ValidityBuilder {
  readonly #length: number;
  #bits: Uint32Array | undefined;

  constructor(length: number) {
    this.#length = length;
  }

  clear(row: number): void {
    this.#bits ??= new Uint32Array((this.#length + 31) >>> 5).fill(0xffffffff);
    const word = row >>> 5;
    this.#bits[word] = (this.#bits[word] ?? 0) & ~(1 << (row & 31));
  }

  clearAll(rows: NullRows): void {
    for (const row of rows) this.clear(row);
  }

  get result(): { validity?: Validity } {
    return this.#bits === undefined ? {} : { validity: this.#bits };
  }
}

type Floats = Float32Array | Float64Array;

/** In place, NaN becomes "no value", with 0 in the slot as the column contract asks. */
export function encodeFloats<F extends Floats>(values: F, length: number, validity: ValidityBuilder): F {
  if (!mayHaveNaN(values, length)) return values;
  for (let row = 0; row < length; row++) {
    const value = values[row];
    if (value === value) continue;
    values[row] = 0;
    validity.clear(row);
  }
  return values;
}

/**
 * A sum with a NaN in it is NaN (one of both infinities too). Four at once, since each addition waits for the one before;
 * with `?? 0` behind each value V8 takes three times as long.
 */
function mayHaveNaN(values: Floats, length: number): boolean {
  let one = 0;
  let two = 0;
  let three = 0;
  let four = 0;
  let row = 0;
  for (; row + 4 <= length; row += 4) {
    one += values[row]!;
    two += values[row + 1]!;
    three += values[row + 2]!;
    four += values[row + 3]!;
  }
  for (; row < length; row++) one += values[row]!;
  return Number.isNaN(one + two + three + four);
}

export function encodeVectors(
  carrier: Float32Array,
  length: number,
  width: number,
  validity: ValidityBuilder,
): Float32Array {
  const values = carrier.slice(0, length * width);
  for (let row = 0; row < length; row++) {
    const vector = values.subarray(row * width, (row + 1) * width);
    if (!vector.includes(NaN)) continue;
    if (!Number.isNaN(vector[0] ?? NaN)) throw new OutputMismatch(`row ${row}: NaN inside a vector`);
    vector.fill(0);
    validity.clear(row);
  }
  return values;
}

const encoder = new TextEncoder();

export function encodeTexts(
  texts: readonly (string | null)[],
  length: number,
  nulls: NullRows,
): { bytes: Uint8Array; offsets: Uint32Array; validity?: Validity } {
  const validity = new ValidityBuilder(length);
  const offsets = new Uint32Array(length + 1);
  const parts: Uint8Array[] = [];
  let size = 0;
  for (let row = 0; row < length; row++) {
    const text: unknown = texts[row] ?? null;
    if (text === null || nulls.has(row)) {
      validity.clear(row);
    } else if (typeof text === 'string') {
      const bytes = encoder.encode(text);
      parts.push(bytes);
      size += bytes.length;
    } else {
      throw new OutputMismatch(`row ${row}: ${typeof text} for a text`);
    }
    offsets[row + 1] = size;
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return { bytes, offsets, ...validity.result };
}

function isNumbers(value: unknown): value is ArrayLike<number> {
  return Array.isArray(value)
    ? value.every((item) => typeof item === 'number')
    : ArrayBuffer.isView(value) && !(value instanceof DataView) && !(value instanceof BigInt64Array);
}

/** Lists of lists; plain lists are written as one part a row. */
export function encodeLists(
  rows: readonly (readonly ArrayLike<number>[] | null)[],
  length: number,
  validity: ValidityBuilder,
): { values: Float64Array; partOffsets: Uint32Array; offsets: Uint32Array } {
  const offsets = new Uint32Array(length + 1);
  const parts: ArrayLike<number>[] = [];
  let size = 0;
  for (let row = 0; row < length; row++) {
    const lists: unknown = rows[row] ?? null;
    if (lists === null) validity.clear(row);
    else if (!Array.isArray(lists) || !lists.every(isNumbers))
      throw new OutputMismatch(`row ${row}: no list of numbers`);
    else {
      for (const part of lists) {
        parts.push(part);
        size += part.length;
      }
    }
    offsets[row + 1] = parts.length;
  }
  const values = new Float64Array(size);
  const partOffsets = new Uint32Array(parts.length + 1);
  let at = 0;
  parts.forEach((part, index) => {
    values.set(part, at);
    at += part.length;
    partOffsets[index + 1] = at;
  });
  return { values, partOffsets, offsets };
}
