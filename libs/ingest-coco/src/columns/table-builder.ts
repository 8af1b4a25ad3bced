import type { Column, TableColumns, TableName, Validity } from '@datavis/plugin-sdk';
import { Arena, padded } from './arena.js';
import { BytesBuilder, FixedBuilder } from './builders.js';
import type { ColumnBuilder } from './builders.js';
import type { MemoryPool } from './memory-pool.js';

/** A batch is full with this much JSON in its rows, however few they are: it bounds memory with huge records. */
const MAX_SOURCE_BYTES = 4 << 20;

/** A column of a table, and its bit in the mask of a row. Columns that are always given together share a bit. */
interface ColumnSlot {
  readonly name: string;
  readonly bit: number;
  readonly builder: ColumnBuilder;
}

/**
 * Rows of one table on their way to a batch. A row is written column by column, each value announced by its bit in
 * {@link present}; then `commit` keeps it, or `rollback` drops it.
 */
export class TableBuilder {
  rows = 0;
  /** Bits of the columns that have a value in the row being written. */
  present = 0;

  #sourceBytes = 0;
  readonly #index: FixedBuilder<'i32'>;
  readonly #byteOffset: FixedBuilder<'f64'>;
  readonly #key: BytesBuilder;
  readonly #masks: Uint32Array;
  readonly #slots: ColumnSlot[] = [];
  readonly #growing: ColumnBuilder[] = [];

  constructor(maxRows: number) {
    this.#index = new FixedBuilder('i32', maxRows);
    this.#byteOffset = new FixedBuilder('f64', maxRows);
    this.#key = new BytesBuilder('utf8', maxRows);
    this.#masks = new Uint32Array(maxRows);
  }

  /** Adds a column before the first row. */
  add<B extends ColumnBuilder>(name: string, bit: number, builder: B): B {
    this.#slots.push({ name, bit, builder });
    if (!(builder instanceof FixedBuilder)) this.#growing.push(builder);
    return builder;
  }

  /** Whether the rows must be taken before another is written. */
  get isFull(): boolean {
    return this.rows === this.#masks.length || this.#sourceBytes >= MAX_SOURCE_BYTES;
  }

  /** @param key UTF-8 key of the record, where its section is an object. */
  commit(index: number, byteOffset: number, end: number, key: Uint8Array | undefined): void {
    const row = this.rows++;
    this.#sourceBytes += end - byteOffset;
    for (const builder of this.#growing) builder.endRow(row);
    this.#masks[row] = this.present;
    this.#index.values[row] = index;
    this.#byteOffset.values[row] = byteOffset;
    if (key !== undefined) this.#key.append(key, 0, key.length);
    this.#key.endRow(row);
    this.present = 0;
  }

  rollback(): void {
    for (const builder of this.#growing) builder.rollback(this.rows);
    this.present = 0;
  }

  /** The rows as columns that share one ArrayBuffer, of the pool if it has one. The builder is empty afterwards. */
  take(keyed: boolean, pool: MemoryPool): TableColumns[TableName] {
    const { rows } = this;
    const { all, any } = this.#bits();
    const validityBytes = padded(((rows + 31) >>> 5) * 4);
    let size = this.#index.packedBytes(rows) + this.#byteOffset.packedBytes(rows);
    if (keyed) size += this.#key.packedBytes(rows, false);
    for (const { bit, builder } of this.#slots) {
      size += builder.packedBytes(rows, (any & bit) === 0);
      if ((all & bit) === 0) size += validityBytes;
    }

    const arena = new Arena(size, pool);
    const columns: Record<string, Column> = {
      index: this.#index.pack(arena, rows, undefined, false),
      byte_offset: this.#byteOffset.pack(arena, rows, undefined, false),
    };
    if (keyed) columns['key'] = this.#key.pack(arena, rows, undefined, false);
    for (const { name, bit, builder } of this.#slots) {
      const validity = (all & bit) === 0 ? this.#validity(arena, bit) : undefined;
      columns[name] = builder.pack(arena, rows, validity, (any & bit) === 0);
    }

    for (const builder of this.#growing) builder.reset();
    this.#key.reset();
    this.rows = 0;
    this.#sourceBytes = 0;
    return columns as unknown as TableColumns[TableName];
  }

  /** Bits that all rows have, and those that any row has. */
  #bits(): { readonly all: number; readonly any: number } {
    let all = -1;
    let any = 0;
    for (let row = 0; row < this.rows; row++) {
      all &= this.#masks[row]!;
      any |= this.#masks[row]!;
    }
    return { all, any };
  }

  #validity(arena: Arena, bit: number): Validity {
    const words = arena.take(Uint32Array, (this.rows + 31) >>> 5);
    for (let first = 0; first < this.rows; first += 32) {
      // One store for 32 rows.
      let word = 0;
      for (let row = first; row < first + 32 && row < this.rows; row++) {
        if ((this.#masks[row]! & bit) !== 0) word |= 1 << (row & 31);
      }
      words[first >>> 5] = word;
    }
    return words;
  }
}
