import type { TableName } from '@datavis/plugin-sdk';
import { BytesBuilder, FixedBuilder, ListBuilder, ListListBuilder } from '../columns/builders.js';
import type { ColumnBuilder } from '../columns/builders.js';
import { TableBuilder } from '../columns/table-builder.js';
import type { FindingRule } from '../findings/rules.js';
import { lastOfEachKey } from './entry.js';
import type { Entry } from './entry.js';

const INTEGER = /^-?(?:0|[1-9]\d*)$/;
const JSON_NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const MIN_INT64 = -(2n ** 63n);
const MAX_INT64 = 2n ** 63n - 1n;
const SURROGATE = /\p{Surrogate}/u;
const utf8 = new TextEncoder();

/** Bits of the findings that any table may have. */
export interface CommonBits {
  readonly duplicateKey: number;
  readonly nonFinite: number;
  readonly outOfRange: number;
  readonly loneSurrogate: number;
  readonly idText: number;
  readonly idForm: number;
  readonly valueForm: number;
}

/**
 * One table: its columns, and how the keys of a record become values of them. `writeEntries` is the plain way, on what
 * JSON.parse gives; the scanner's fast paths write the same columns from bytes and fall back to it for anything unusual.
 */
export abstract class RecordTable {
  readonly builder: TableBuilder;
  /** Bits of the findings about the row being written. */
  flags = 0;
  readonly extra: BytesBuilder;
  readonly extraBit: number;

  abstract readonly name: Exclude<TableName, 'records'>;
  abstract readonly rules: readonly FindingRule[];
  protected abstract readonly common: CommonBits;
  readonly #maxRows: number;
  #nextBit = 1;

  constructor(maxRows: number) {
    this.#maxRows = maxRows;
    this.builder = new TableBuilder(maxRows);
    this.extraBit = this.newBit();
    this.extra = this.bytes('extra', 'json', this.extraBit);
  }

  /** Writes the keys of a record; `repair` puts corrected values where there is one answer. */
  writeEntries(entries: readonly Entry[], repair: boolean): void {
    const kept = lastOfEachKey(entries);
    if (kept.length < entries.length) this.flags |= this.common.duplicateKey;
    for (const entry of kept) {
      if (entry.nonFinite) this.flags |= this.common.nonFinite;
      // A null says no more than an absent key, but it was there: it is kept.
      const asFound = entry.value !== null && this.writeEntry(entry, repair);
      if (!asFound) this.addExtra(entry.rawKey, entry.raw);
    }
    this.endRow();
  }

  /** Writes a value that is not null. Returns whether the columns hold it as it is, so that `extra` need not keep it. */
  protected abstract writeEntry(entry: Entry, repair: boolean): boolean;

  /** What can only be said when all keys are known. Both paths end with it. */
  abstract endRow(): void;

  /** Id of the row being written, as text. */
  abstract idOfRow(): string | undefined;

  /** Keeps the row. */
  commit(index: number, byteOffset: number, end: number, key: Uint8Array | undefined): void {
    this.builder.commit(index, byteOffset, end, key);
    this.flags = 0;
    this.resetRow();
  }

  /** Drops the row. */
  rollback(): void {
    this.builder.rollback();
    this.flags = 0;
    this.resetRow();
  }

  /** Forgets which keys the row had. */
  protected abstract resetRow(): void;

  addExtra(rawKey: Uint8Array, raw: Uint8Array): void {
    this.addExtraKey(rawKey, 0, rawKey.length);
    this.extra.append(raw, 0, raw.length);
  }

  /** Writes a key, in its quotes, and the colon behind it; the caller appends the value. */
  addExtraKey(bytes: Uint8Array, start: number, end: number): void {
    const { extra, builder } = this;
    extra.append((builder.present & this.extraBit) === 0 ? OPEN : COMMA, 0, 1);
    extra.append(bytes, start, end);
    extra.append(COLON, 0, 1);
    builder.present |= this.extraBit;
  }

  protected endExtra(): void {
    if ((this.builder.present & this.extraBit) !== 0) this.extra.append(CLOSE, 0, 1);
  }

  // ---- columns ---------------------------------------------------------------------------------------------------

  protected newBit(): number {
    const bit = this.#nextBit;
    this.#nextBit <<= 1;
    return bit;
  }

  #add<B extends ColumnBuilder>(name: string, bit: number, builder: B): B {
    return this.builder.add(name, bit, builder);
  }

  protected fixed<T extends 'i64' | 'i32' | 'f64' | 'bool'>(name: string, type: T, bit: number): FixedBuilder<T> {
    return this.#add(name, bit, new FixedBuilder(type, this.#maxRows));
  }
  protected bytes(name: string, type: 'utf8' | 'json', bit: number): BytesBuilder {
    return this.#add(name, bit, new BytesBuilder(type, this.#maxRows));
  }
  protected list(name: string, bit: number): ListBuilder {
    return this.#add(name, bit, new ListBuilder(this.#maxRows));
  }
  protected lists(name: string, bit: number): ListListBuilder {
    return this.#add(name, bit, new ListListBuilder(this.#maxRows));
  }

  protected idAsText(
    column: FixedBuilder<'i64'>,
    bit: number,
    text: BytesBuilder,
    textBit: number,
  ): string | undefined {
    const { present, rows } = this.builder;
    if ((present & bit) !== 0) return String(column.values[rows]);
    if ((present & textBit) === 0) return undefined;
    return new TextDecoder().decode(text.bytes.subarray(text.offsets[rows], text.length));
  }

  // ---- values ----------------------------------------------------------------------------------------------------

  /** An integer of 64 bits, or a string where `text` is given. */
  protected writeId(
    entry: Entry,
    column: FixedBuilder<'i64'>,
    bit: number,
    text?: BytesBuilder,
    textBit = 0,
  ): boolean {
    const { builder, common } = this;
    if (isInteger(entry)) {
      const value = BigInt(entry.text);
      if (value >= MIN_INT64 && value <= MAX_INT64) {
        column.values[builder.rows] = value;
        builder.present |= bit;
        return true;
      }
    } else if (typeof entry.value === 'string' && text !== undefined) {
      if (SURROGATE.test(entry.value)) {
        this.flags |= common.loneSurrogate;
        return false;
      }
      const bytes = utf8.encode(entry.value);
      text.append(bytes, 0, bytes.length);
      builder.present |= textBit;
      this.flags |= common.idText;
      return true;
    }
    this.flags |= text === undefined ? common.valueForm : common.idForm;
    if (typeof entry.value === 'number' && Number.isSafeInteger(entry.value)) {
      column.values[builder.rows] = BigInt(entry.value);
      builder.present |= bit;
    }
    return false;
  }

  protected writeInt32(entry: Entry, column: FixedBuilder<'i32'>, bit: number, badForm: number): boolean {
    const number = asNumber(entry.value);
    if (number === undefined || (number | 0) !== number) {
      this.flags |= badForm;
      return false;
    }
    column.values[this.builder.rows] = number;
    this.builder.present |= bit;
    if (isInteger(entry)) return true;
    this.flags |= badForm;
    return false;
  }

  protected writeFloat64(entry: Entry, column: FixedBuilder<'f64'>, bit: number, badForm: number): boolean {
    const number = asNumber(entry.value);
    if (number === undefined) {
      this.flags |= isOverflow(entry.value) ? this.common.outOfRange : badForm;
      return false;
    }
    column.values[this.builder.rows] = number;
    this.builder.present |= bit;
    if (typeof entry.value === 'number') return true;
    this.flags |= badForm;
    return false;
  }

  protected writeText(entry: Entry, column: BytesBuilder, bit: number): boolean {
    if (typeof entry.value !== 'string') {
      this.flags |= this.common.valueForm;
      return false;
    }
    // The encoder puts U+FFFD for half a surrogate pair.
    const bytes = utf8.encode(entry.value);
    column.append(bytes, 0, bytes.length);
    this.builder.present |= bit;
    if (!SURROGATE.test(entry.value)) return true;
    this.flags |= this.common.loneSurrogate;
    return false;
  }

  /** A JSON array, kept as found. */
  protected writeJsonArray(entry: Entry, column: BytesBuilder, bit: number): boolean {
    if (!Array.isArray(entry.value) || entry.nonFinite) {
      if (!entry.nonFinite) this.flags |= this.common.valueForm;
      return false;
    }
    column.append(entry.raw, 0, entry.raw.length);
    this.builder.present |= bit;
    return true;
  }
}

const OPEN = utf8.encode('{');
const COMMA = utf8.encode(',');
const COLON = utf8.encode(':');
const CLOSE = utf8.encode('}');

/** Whether the value is written as an integer. `-0` is not: no integer column can hold it. */
function isInteger(entry: Entry): boolean {
  return typeof entry.value === 'number' && INTEGER.test(entry.text) && entry.text !== '-0';
}

/** A finite number, also one written as a string. */
export function asNumber(value: unknown): number | undefined {
  const number = typeof value === 'string' && JSON_NUMBER.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}

/** A number that is JSON but not a double, such as 1e999. */
export function isOverflow(value: unknown): boolean {
  return typeof value === 'number' && !Number.isFinite(value);
}

export function isFiniteNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}
