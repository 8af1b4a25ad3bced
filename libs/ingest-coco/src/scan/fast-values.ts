import type { BytesBuilder, FixedBuilder } from '../columns/builders.js';
import type { RecordTable } from '../tables/record-table.js';
import * as c from './chars.js';
import type { JsonScanner } from './json-scanner.js';
import type { WasmNumbers } from './wasm-numbers.js';

/** The value is not in its canonical form, or broken: the plain path decides. */
export const UNUSUAL = -1;

/** 10^0 to 10^22: the powers of ten that a double holds exactly. */
const POWER_OF_TEN = Float64Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));
/** Any integer of this many digits is exact in a double, and so is its quotient by a power of ten, once rounded. */
const EXACT_DIGITS = 15;
/** What a comma is where a digit is expected. */
const COMMA_DIGIT = c.COMMA - c.ZERO;

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });
const encoder = new TextEncoder();
const SURROGATE = /\p{Surrogate}/u;

/** Builder of a list of numbers, as {@link FastValues.numbers} fills it. */
interface NumberList {
  values: Float64Array;
  readonly lent: Float64Array | undefined;
  length: number;
  grow(): void;
}

/**
 * Values in canonical form, from bytes straight into columns. Each method takes the index of the value's first byte and
 * returns the index behind its last, or {@link UNUSUAL}; then nothing that it wrote counts.
 */
export class FastValues {
  /** Reads lists of numbers whose values, as the window, lie where it has lent them room. */
  wasm: WasmNumbers | undefined = undefined;
  readonly #scanner: JsonScanner;
  /** The number that was read last. */
  #value = 0;
  /** Whether it is written as an integer that is exact in a double (and is not `-0`). */
  #isInteger = false;

  constructor(scanner: JsonScanner) {
    this.#scanner = scanner;
  }

  number(start: number): number {
    const { bytes } = this.#scanner;
    let i = start;
    const negative = bytes[i] === c.MINUS;
    if (negative) i++;
    const first = i;
    let mantissa = bytes[i]! - c.ZERO;
    if (mantissa < 0 || mantissa > 9) return UNUSUAL;
    let x = bytes[++i]!;
    if (mantissa !== 0) {
      while (x >= c.ZERO && x <= c.NINE) {
        mantissa = mantissa * 10 + (x - c.ZERO);
        x = bytes[++i]!;
      }
    } else if (x >= c.ZERO && x <= c.NINE) return UNUSUAL;
    let digits = i - first;
    let decimals = 0;
    if (x === c.DOT) {
      const point = i;
      x = bytes[++i]!;
      while (x >= c.ZERO && x <= c.NINE) {
        mantissa = mantissa * 10 + (x - c.ZERO);
        x = bytes[++i]!;
      }
      decimals = i - point - 1;
      if (decimals === 0) return UNUSUAL;
      digits += decimals;
    }
    if (digits > EXACT_DIGITS || x === c.LOWER_E || x === c.UPPER_E) return this.#longNumber(start);
    const value = decimals === 0 ? mantissa : mantissa / POWER_OF_TEN[decimals]!;
    this.#isInteger = decimals === 0 && !(negative && mantissa === 0);
    this.#value = negative ? -value : value;
    return i;
  }

  #longNumber(start: number): number {
    const scanner = this.#scanner;
    scanner.nonFinite = 0;
    const end = scanner.number(start);
    this.#value = Number(asciiText(scanner.bytes, start, end));
    this.#isInteger = false;
    return scanner.nonFinite > 0 || !Number.isFinite(this.#value) ? UNUSUAL : end;
  }

  float64(i: number, table: RecordTable, column: FixedBuilder<'f64'>, bit: number): number {
    const end = this.number(i);
    if (end === UNUSUAL) return UNUSUAL;
    column.values[table.builder.rows] = this.#value;
    table.builder.present |= bit;
    return end;
  }

  int32(i: number, table: RecordTable, column: FixedBuilder<'i32'>, bit: number): number {
    const end = this.number(i);
    if (end === UNUSUAL || !this.#isInteger || (this.#value | 0) !== this.#value) return UNUSUAL;
    column.values[table.builder.rows] = this.#value;
    table.builder.present |= bit;
    return end;
  }

  /** An integer of up to 15 digits. */
  int64(i: number, table: RecordTable, column: FixedBuilder<'i64'>, bit: number): number {
    const end = this.number(i);
    if (end === UNUSUAL || !this.#isInteger) return UNUSUAL;
    column.setInteger(table.builder.rows, this.#value);
    table.builder.present |= bit;
    return end;
  }

  /** Numbers into a list, from behind its opening bracket. */
  numbers(i: number, list: NumberList): number {
    const scanner = this.#scanner;
    const { bytes } = scanner;
    if (bytes[i]! <= c.SPACE) i = scanner.blanks(i);
    if (bytes[i] === c.CLOSE_BRACKET) return i + 1;
    const { wasm } = this;
    const { values } = list;
    if (wasm === undefined || values !== list.lent || bytes !== wasm.window) return this.#restOfNumbers(i, list);
    const { byteOffset } = values;
    i = wasm.read(i, byteOffset + list.length * 8, byteOffset + values.byteLength);
    list.length = (wasm.end - byteOffset) >>> 3;
    if (wasm.lineFeeds > 0) scanner.passLines(wasm.lineFeeds, wasm.lineStart);
    return bytes[i - 1] === c.CLOSE_BRACKET ? i : this.#restOfNumbers(i, list);
  }

  /** From the first byte of a number on; blanks may stand before it. */
  #restOfNumbers(i: number, list: NumberList): number {
    const scanner = this.#scanner;
    const { bytes } = scanner;
    let { values, length } = list;
    let x = bytes[i]!;
    if (x <= c.SPACE) {
      i = scanner.blanks(i);
      x = bytes[i]!;
    }
    for (;;) {
      // Most coordinates are `ddd.dd,` or `ddd.d,`: two shapes that need no jump a digit (a quarter of the time).
      const a = x - c.ZERO;
      const b = bytes[i + 1]! - c.ZERO;
      const d = bytes[i + 2]! - c.ZERO;
      if (a > 0 && a <= 9 && b >= 0 && b <= 9 && d >= 0 && d <= 9 && bytes[i + 3] === c.DOT) {
        const e = bytes[i + 4]! - c.ZERO;
        const f = bytes[i + 5]! - c.ZERO;
        if (e >= 0 && e <= 9 && length < values.length) {
          if (f === COMMA_DIGIT) {
            values[length++] = (a * 1000 + b * 100 + d * 10 + e) / 10;
            x = bytes[(i += 6)]!;
            if (x > c.SPACE) continue;
            x = bytes[(i = scanner.blanks(i))]!;
            continue;
          }
          if (f >= 0 && f <= 9 && bytes[i + 6] === c.COMMA) {
            values[length++] = (a * 10_000 + b * 1000 + d * 100 + e * 10 + f) / 100;
            x = bytes[(i += 7)]!;
            if (x > c.SPACE) continue;
            x = bytes[(i = scanner.blanks(i))]!;
            continue;
          }
        }
      }

      // The digits of `number`, once more: this loop is where a file of polygons spends its time.
      const start = i;
      const negative = x === c.MINUS;
      if (negative) x = bytes[++i]!;
      let mantissa = x - c.ZERO;
      if (mantissa < 0 || mantissa > 9) return UNUSUAL;
      const first = i;
      x = bytes[++i]!;
      if (mantissa !== 0) {
        while (x >= c.ZERO && x <= c.NINE) {
          mantissa = mantissa * 10 + (x - c.ZERO);
          x = bytes[++i]!;
        }
      } else if (x >= c.ZERO && x <= c.NINE) return UNUSUAL;
      let decimals = 0;
      if (x === c.DOT) {
        const point = i;
        x = bytes[++i]!;
        while (x >= c.ZERO && x <= c.NINE) {
          mantissa = mantissa * 10 + (x - c.ZERO);
          x = bytes[++i]!;
        }
        decimals = i - point - 1;
        if (decimals === 0) return UNUSUAL;
      }
      let value: number;
      if (i - first > EXACT_DIGITS || x === c.LOWER_E || x === c.UPPER_E) {
        i = this.number(start);
        if (i === UNUSUAL) return UNUSUAL;
        value = this.#value;
        x = bytes[i]!;
      } else {
        value = decimals === 0 ? mantissa : mantissa / POWER_OF_TEN[decimals]!;
        if (negative) value = -value;
      }
      if (length === values.length) {
        list.grow();
        values = list.values;
      }
      values[length++] = value;
      if (x <= c.SPACE) {
        i = scanner.blanks(i);
        x = bytes[i]!;
      }
      if (x === c.CLOSE_BRACKET) {
        list.length = length;
        return i + 1;
      }
      if (x !== c.COMMA) return UNUSUAL;
      x = bytes[++i]!;
      if (x <= c.SPACE) {
        i = scanner.blanks(i);
        x = bytes[i]!;
      }
    }
  }

  text(i: number, table: RecordTable, column: BytesBuilder, bit: number): number {
    const scanner = this.#scanner;
    const { bytes } = scanner;
    if (bytes[i] !== c.QUOTE) return UNUSUAL;
    const end = scanner.string(i);
    if (!scanner.escaped) column.append(bytes, i + 1, end - 1);
    else {
      const text = JSON.parse(utf8.decode(bytes.subarray(i, end))) as string;
      if (SURROGATE.test(text)) return UNUSUAL;
      const encoded = encoder.encode(text);
      column.append(encoded, 0, encoded.length);
    }
    table.builder.present |= bit;
    return end;
  }

  /** A JSON array, kept as found. */
  jsonArray(i: number, table: RecordTable, column: BytesBuilder, bit: number): number {
    const scanner = this.#scanner;
    if (scanner.bytes[i] !== c.OPEN_BRACKET) return UNUSUAL;
    scanner.nonFinite = 0;
    const end = scanner.value(i);
    if (scanner.nonFinite > 0) return UNUSUAL;
    column.append(scanner.bytes, i, end);
    table.builder.present |= bit;
    return end;
  }

  /** A key that has no column, or whose value is null. */
  extra(i: number, table: RecordTable, keyStart: number, keyEnd: number): number {
    const scanner = this.#scanner;
    scanner.nonFinite = 0;
    const end = scanner.value(i);
    if (scanner.nonFinite > 0) return UNUSUAL;
    table.addExtraKey(scanner.bytes, keyStart, keyEnd);
    table.extra.append(scanner.bytes, i, end);
    return end;
  }
}

function asciiText(bytes: Uint8Array, start: number, end: number): string {
  let text = '';
  for (let i = start; i < end; i++) text += String.fromCharCode(bytes[i]!);
  return text;
}
