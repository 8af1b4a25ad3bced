import type { Column, Validity } from '@datavis/plugin-sdk';
import { padded } from './arena.js';
import type { Arena, ArrayType } from './arena.js';

/**
 * Grows one column of a batch. Arrays are kept and reused from batch to batch; `pack` copies what counts. Which rows have
 * a value is known to the table, not to the column: `pack` gets it as `validity`, and `empty` says that no row has one.
 */
export interface ColumnBuilder {
  /** Bytes that `pack` takes from the arena. */
  packedBytes(rows: number, empty: boolean): number;
  pack(arena: Arena, rows: number, validity: Validity | undefined, empty: boolean): Column;
  /** Closes row `row`: whatever was added since the last call is its value. */
  endRow(row: number): void;
  /** Drops what was added to row `row`. */
  rollback(row: number): void;
  reset(): void;
}

interface FixedTypes {
  i64: BigInt64Array;
  i32: Int32Array;
  f64: Float64Array;
  bool: Uint8Array;
}
const FIXED = { i64: BigInt64Array, i32: Int32Array, f64: Float64Array, bool: Uint8Array };

export const LITTLE_ENDIAN = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;
/** Place of the low half in a 64-bit integer. */
const LOW = LITTLE_ENDIAN ? 0 : 1;

/** One value of a fixed size a row. */
export class FixedBuilder<T extends keyof FixedTypes> implements ColumnBuilder {
  readonly values: FixedTypes[T];
  readonly #type: T;
  readonly #words: Uint32Array;

  constructor(type: T, maxRows: number) {
    this.#type = type;
    this.values = new FIXED[type](maxRows) as FixedTypes[T];
    this.#words = new Uint32Array(this.values.buffer, 0, this.values.byteLength >> 2);
  }

  /** Sets a 64-bit value from an integer that is exact in a double, without making a bigint. */
  setInteger(row: number, value: number): void {
    const words = this.#words;
    words[row * 2 + LOW] = value;
    words[row * 2 + 1 - LOW] = Math.floor(value / 2 ** 32);
  }

  packedBytes(rows: number): number {
    return padded(rows * this.values.BYTES_PER_ELEMENT);
  }

  pack(arena: Arena, rows: number, validity: Validity | undefined, empty: boolean): Column {
    // Both arrays are of one kind; the compiler knows only the union of kinds.
    const values = arena.take(FIXED[this.#type] as ArrayType<Float64Array>, rows);
    if (empty) clear(values);
    else {
      values.set((this.values as Float64Array).subarray(0, rows));
      if (validity !== undefined) zeroInvalid(values, validity);
    }
    return { type: this.#type, values, validity } as Column;
  }

  endRow(): void {
    // A fixed value is complete as soon as it is written.
  }
  rollback(): void {
    // Rows without a value are zeroed by `pack`.
  }
  reset(): void {
    // The next batch overwrites.
  }
}

/** UTF-8 text or JSON text. */
export class BytesBuilder implements ColumnBuilder {
  bytes = new Uint8Array(1 << 12);
  length = 0;
  readonly offsets: Uint32Array;
  readonly #type: 'utf8' | 'json';

  constructor(type: 'utf8' | 'json', maxRows: number) {
    this.#type = type;
    this.offsets = new Uint32Array(maxRows + 1);
  }

  /** Makes room for `count` more bytes. */
  reserve(count: number): void {
    if (this.length + count > this.bytes.length) this.bytes = grown(this.bytes, this.length + count);
  }

  append(source: Uint8Array, start: number, end: number): void {
    const count = end - start;
    this.reserve(count);
    const { bytes } = this;
    let at = this.length;
    // A view costs more than copying a short text byte by byte.
    if (count > 96) bytes.set(source.subarray(start, end), at);
    else for (let i = start; i < end; i++) bytes[at++] = source[i]!;
    this.length += count;
  }

  packedBytes(rows: number, empty: boolean): number {
    return padded((rows + 1) * 4) + (empty ? 0 : padded(this.length));
  }

  pack(arena: Arena, rows: number, validity: Validity | undefined, empty: boolean): Column {
    const offsets = arena.take(Uint32Array, rows + 1);
    const bytes = arena.take(Uint8Array, empty ? 0 : this.length);
    if (empty) clear(offsets);
    else {
      offsets.set(this.offsets.subarray(0, rows + 1));
      bytes.set(this.bytes.subarray(0, this.length));
    }
    return { type: this.#type, bytes, offsets, validity };
  }

  endRow(row: number): void {
    this.offsets[row + 1] = this.length;
  }
  rollback(row: number): void {
    this.length = this.offsets[row]!;
  }
  reset(): void {
    this.length = 0;
  }
}

/** The numbers of all rows, one behind the other. */
export class NumbersBuilder {
  values: Float64Array<ArrayBuffer>;
  /** Where the values lie as long as they fit there, if such a place was given. */
  lent: Float64Array<ArrayBuffer> | undefined = undefined;
  length = 0;
  readonly offsets: Uint32Array;

  constructor(maxRows: number, room: number) {
    this.values = new Float64Array(room);
    this.offsets = new Uint32Array(maxRows + 1);
  }

  push(value: number): void {
    if (this.length === this.values.length) this.grow();
    this.values[this.length++] = value;
  }

  grow(): void {
    this.values = grown(this.values, this.values.length + 1);
  }

  lend(values: Float64Array<ArrayBuffer>): void {
    this.lent = values;
    if (this.length > values.length) return;
    values.set(this.values.subarray(0, this.length));
    this.values = values;
  }

  reset(): void {
    if (this.lent !== undefined && this.length <= this.lent.length) this.values = this.lent;
    this.length = 0;
  }
}

/** A list of numbers a row. */
export class ListBuilder extends NumbersBuilder implements ColumnBuilder {
  constructor(maxRows: number) {
    super(maxRows, 1 << 10);
  }

  packedBytes(rows: number, empty: boolean): number {
    return padded((rows + 1) * 4) + (empty ? 0 : this.length * 8);
  }

  pack(arena: Arena, rows: number, validity: Validity | undefined, empty: boolean): Column {
    const offsets = arena.take(Uint32Array, rows + 1);
    const values = arena.take(Float64Array, empty ? 0 : this.length);
    if (empty) clear(offsets);
    else {
      offsets.set(this.offsets.subarray(0, rows + 1));
      values.set(this.values.subarray(0, this.length));
    }
    return { type: 'f64[]', values, offsets, validity };
  }

  endRow(row: number): void {
    this.offsets[row + 1] = this.length;
  }
  rollback(row: number): void {
    this.length = this.offsets[row]!;
  }
}

/** A list of lists of numbers a row. `endPart` closes a list. */
export class ListListBuilder extends NumbersBuilder implements ColumnBuilder {
  partOffsets = new Uint32Array(1 << 10);
  parts = 0;

  constructor(maxRows: number) {
    super(maxRows, 1 << 14);
  }

  endPart(): void {
    if (this.parts + 1 >= this.partOffsets.length) {
      this.partOffsets = grown(this.partOffsets, this.partOffsets.length + 1);
    }
    this.partOffsets[++this.parts] = this.length;
  }

  packedBytes(rows: number, empty: boolean): number {
    return padded((rows + 1) * 4) + (empty ? padded(4) : padded((this.parts + 1) * 4) + this.length * 8);
  }

  pack(arena: Arena, rows: number, validity: Validity | undefined, empty: boolean): Column {
    const offsets = arena.take(Uint32Array, rows + 1);
    const partOffsets = arena.take(Uint32Array, empty ? 1 : this.parts + 1);
    const values = arena.take(Float64Array, empty ? 0 : this.length);
    if (empty) {
      clear(offsets);
      clear(partOffsets);
    } else {
      offsets.set(this.offsets.subarray(0, rows + 1));
      partOffsets.set(this.partOffsets.subarray(0, this.parts + 1));
      values.set(this.values.subarray(0, this.length));
    }
    return { type: 'f64[][]', values, partOffsets, offsets, validity };
  }

  endRow(row: number): void {
    this.offsets[row + 1] = this.parts;
  }
  rollback(row: number): void {
    this.parts = this.offsets[row]!;
    this.length = this.partOffsets[this.parts]!;
  }
  override reset(): void {
    super.reset();
    this.parts = 0;
  }
}

/** The bytes, since 0 is another value in arrays of 64-bit integers. */
function clear({ buffer, byteOffset, byteLength }: ArrayBufferView): void {
  new Uint8Array(buffer, byteOffset, byteLength).fill(0);
}

/** A slot without a value holds 0. */
function zeroInvalid(values: FixedTypes[keyof FixedTypes], validity: Validity): void {
  const zero = values instanceof BigInt64Array ? 0n : 0;
  for (let row = 0; row < values.length; row++) {
    if ((validity[row >>> 5]! & (1 << (row & 31))) === 0) values[row] = zero;
  }
}

function grown<T extends Uint8Array | Uint32Array | Float64Array>(array: T, needed: number): T {
  const larger = new (array.constructor as new (length: number) => T)(Math.max(array.length * 2, needed));
  larger.set(array);
  return larger;
}
