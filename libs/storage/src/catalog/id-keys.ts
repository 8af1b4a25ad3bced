import type { Int64Column } from '@datavis/plugin-sdk';

/** Most ids that are held: 64 MiB. What refers to later ones is joined at the end. */
const MAX_IDS = 4_000_000;
const AMBIGUOUS = -1;
const FREE = 0;

/** 32 bits spread by a multiplication with the golden ratio: ids of a dataset are often dense. */
const spread = (id: number, bits: number): number => Math.imul(id, 0x9e3779b1) >>> (32 - bits);

/**
 * Row keys of images or categories by their ids, so that annotations get them as they are appended. Holds ids of 32 bits
 * (8 bytes a slot, at most three in four taken: 17 MB for 1.2 million) and leaves others to the join at the end.
 */
export class IdKeys {
  #bits = 10;
  /** Slots of an id and its key, side by side: to look one up is one miss of the processor's cache, not two. */
  #slots = new Int32Array(2 << this.#bits);
  #size = 0;

  /** `key` is below 2^31. An id that comes twice belongs to none of its records. */
  add(id: number, key: number): void {
    this.#reserve(1);
    this.#put(id, key);
  }

  /** Notes the records of a batch, whose keys are first, first + 1, … */
  addAll(ids: Int64Column, firstKey: number, rows: number): void {
    if (firstKey + rows > 0x7fff_ffff) return;
    this.#reserve(rows);
    const halves = halvesOf(ids);
    for (let row = 0; row < rows; row++) {
      if (isSmall(ids, halves, row)) this.#put(halves[2 * row] ?? 0, firstKey + row);
    }
  }

  /** The keys that ids refer to, no value where an id leads to none or to several; undefined where no id is known. */
  resolve(ids: Int64Column, rows: number): Int64Column | undefined {
    if (this.#size === 0) return undefined;
    const values = new BigInt64Array(rows);
    // Little-endian, as DuckDB's integers are; the upper half of a key is 0.
    const words = new Int32Array(values.buffer);
    const validity = new Uint32Array((rows + 31) >>> 5);
    const halves = halvesOf(ids);
    const slots = this.#slots;
    // The table is larger than the processor's cache, and a look-up that decides by what it finds waits for the memory.
    // These do not decide, so that many of them are under way at once.
    const firstIds = new Int32Array(rows);
    for (let row = 0; row < rows; row++) firstIds[row] = slots[2 * spread(halves[2 * row] ?? 0, this.#bits)] ?? 0;
    for (let first = 0; first < rows; first += 32) {
      // One store for 32 rows.
      let known = 0;
      for (let row = first; row < first + 32 && row < rows; row++) {
        if (!isSmall(ids, halves, row)) continue;
        const id = halves[2 * row] ?? 0;
        const slot = firstIds[row] === id ? 2 * spread(id, this.#bits) : this.#slotOf(id);
        const key = slots[slot + 1] ?? FREE;
        if (key <= 0) continue;
        words[2 * row] = key;
        known |= 1 << (row & 31);
      }
      validity[first >>> 5] = known;
    }
    return { type: 'i64', values, validity };
  }

  /** Where an id stands, or would. */
  #slotOf(id: number): number {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let slot = 2 * spread(id, this.#bits);
    while (slots[slot] !== id && slots[slot + 1] !== FREE) slot = (slot + 2) & mask;
    return slot;
  }

  #put(id: number, key: number): void {
    const slot = this.#slotOf(id);
    if (this.#slots[slot + 1] !== FREE) {
      this.#slots[slot + 1] = AMBIGUOUS;
      return;
    }
    if (this.#size >= MAX_IDS) return;
    this.#size++;
    this.#slots[slot] = id;
    this.#slots[slot + 1] = key;
  }

  #reserve(rows: number): void {
    while ((this.#size + rows) * 8 > this.#slots.length * 3) this.#grow();
  }

  #grow(): void {
    const before = this.#slots;
    this.#bits++;
    this.#slots = new Int32Array(2 << this.#bits);
    for (let slot = 0; slot < before.length; slot += 2) {
      if (before[slot + 1] === FREE) continue;
      const at = this.#slotOf(before[slot] ?? 0);
      this.#slots[at] = before[slot] ?? 0;
      this.#slots[at + 1] = before[slot + 1] ?? FREE;
    }
  }
}

/** The lower and the upper half of each id. */
function halvesOf({ values }: Int64Column): Int32Array {
  return new Int32Array(values.buffer, values.byteOffset, values.length * 2);
}

/** Whether a row has an id of 32 bits. */
function isSmall({ validity }: Int64Column, halves: Int32Array, row: number): boolean {
  if (validity !== undefined && ((validity[row >>> 5] ?? 0) & (1 << (row & 31))) === 0) return false;
  return halves[2 * row + 1] === (halves[2 * row] ?? 0) >> 31;
}
