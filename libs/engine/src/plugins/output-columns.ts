import type { Column, ColumnInfo, OutputCarriers, Validity } from '@datavis/plugin-sdk';

/** Bits of rows without a value; grows only when a plugin calls `setNull`. */
export type NullRows = Set<number>;

/** Thrown for a value that does not fit its column; the host adds plugin, hook and rows. */
export class OutputMismatch extends Error {}

export type Carrier = OutputCarriers[keyof OutputCarriers];

const carrierMakers: { [T in keyof OutputCarriers]: (length: number, width: number) => OutputCarriers[T] } = {
  bool: (length) => new Uint8Array(length),
  i32: (length) => new Int32Array(length),
  i64: (length) => new BigInt64Array(length),
  f32: (length) => new Float32Array(length).fill(NaN),
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

class ValidityBuilder {
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

/** NaN becomes "no value", with 0 in the slot as the column contract asks. A column without one is used as it is. */
function encodeFloats<F extends Floats>(carrier: F, length: number, validity: ValidityBuilder): F {
  let values = carrier;
  for (let row = 0; row < length; row++) {
    const value = carrier[row];
    if (value === value) continue;
    if (values === carrier) values = carrier.slice() as F;
    values[row] = 0;
    validity.clear(row);
  }
  return values;
}

function encodeVectors(
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

function jsonText(value: unknown, row: number): string | null {
  if (value === undefined) return null;
  try {
    const text: unknown = JSON.stringify(value);
    if (typeof text === 'string') return text;
  } catch {
    // Falls through to the same answer as for a function or a symbol.
  }
  throw new OutputMismatch(`row ${row}: no JSON value`);
}

function isNumbers(value: unknown): value is ArrayLike<number> {
  return Array.isArray(value)
    ? value.every((item) => typeof item === 'number')
    : ArrayBuffer.isView(value) && !(value instanceof DataView) && !(value instanceof BigInt64Array);
}

/** Lists of lists; plain lists are written as one part a row. */
function encodeLists(
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

/** What a hook wrote, as a column of `length` rows. Throws {@link OutputMismatch} for values of another type. */
export function encodeColumn(info: ColumnInfo, carrier: Carrier, length: number, nulls: NullRows): Column {
  const validity = new ValidityBuilder(length);
  validity.clearAll(nulls);
  switch (info.type) {
    case 'bool':
      return { type: 'bool', values: carrier as Uint8Array, ...validity.result };
    case 'i32':
      return { type: 'i32', values: carrier as Int32Array, ...validity.result };
    case 'i64':
      return { type: 'i64', values: carrier as BigInt64Array, ...validity.result };
    case 'f32':
      return { type: 'f32', values: encodeFloats(carrier as Float32Array, length, validity), ...validity.result };
    case 'f64':
      return { type: 'f64', values: encodeFloats(carrier as Float64Array, length, validity), ...validity.result };
    case 'f32[n]': {
      const values = encodeVectors(carrier as Float32Array, length, info.width, validity);
      return { type: 'f32[n]', width: info.width, values, ...validity.result };
    }
    case 'utf8':
      return { type: 'utf8', ...encodeTexts(carrier as (string | null)[], length, nulls) };
    case 'json': {
      const texts = (carrier as unknown[]).map(jsonText);
      return { type: 'json', ...encodeTexts(texts, length, nulls) };
    }
    case 'f64[][]': {
      const lists = encodeLists(carrier as (readonly ArrayLike<number>[] | null)[], length, validity);
      return { type: 'f64[][]', ...lists, ...validity.result };
    }
    case 'f64[]': {
      const rows = (carrier as (ArrayLike<number> | null)[]).map((row) => (row === null ? null : [row]));
      const { values, partOffsets, offsets } = encodeLists(rows, length, validity);
      const own = offsets.map((part) => partOffsets[part] ?? 0);
      return { type: 'f64[]', values, offsets: own, ...validity.result };
    }
  }
}
