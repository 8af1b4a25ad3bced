import type { Int64Column } from '@datavis/plugin-sdk';
import { setInteger } from './row-columns.js';

/** Most images whose keys are held: 64 MiB. Annotations of later ones are joined at the end. */
const MAX_IMAGES = 4_000_000;
const AMBIGUOUS = -1;
const FREE = 0;

/** 32 bits spread by a multiplication with the golden ratio: ids of a dataset are often dense. */
const spread = (id: number, bits: number): number => Math.imul(id, 0x9e3779b1) >>> (32 - bits);

/**
 * Keys of the images of a source by their ids, so that annotations get their `image_key` as they are appended. Holds ids
 * of 32 bits (8 bytes an image, at half full) and leaves others to the join at the end.
 */
export class ImageKeys {
  #bits = 12;
  #ids = new Int32Array(1 << this.#bits);
  #keys = new Int32Array(1 << this.#bits);
  #size = 0;

  get isEmpty(): boolean {
    return this.#size === 0;
  }

  /** `key` is below 2^31. An id that comes twice belongs to none of its images. */
  add(id: number, key: number): void {
    if (this.#size * 2 >= this.#ids.length) this.#grow();
    const slot = this.#slotOf(id);
    if (this.#keys[slot] !== FREE) {
      this.#keys[slot] = AMBIGUOUS;
      return;
    }
    if (this.#size >= MAX_IMAGES) return;
    this.#size++;
    this.#keys[slot] = key;
    this.#ids[slot] = id;
  }

  /** Notes the images of a batch, whose keys are first, first + 1, … */
  addAll(ids: Int64Column, firstKey: number, rows: number): void {
    if (firstKey + rows > 0x7fff_ffff) return;
    const idAt = smallIds(ids);
    for (let row = 0; row < rows; row++) {
      const id = idAt(row);
      if (id !== undefined) this.add(id, firstKey + row);
    }
  }

  /** The keys that ids refer to; no value where an id leads to none, or to several. */
  resolve(ids: Int64Column, rows: number): Int64Column {
    const values = new BigInt64Array(rows);
    const words = new Uint32Array(values.buffer);
    const validity = new Uint32Array(Math.ceil(rows / 32));
    const idAt = smallIds(ids);
    for (let row = 0; row < rows; row++) {
      const id = idAt(row);
      const key = id === undefined ? FREE : (this.#keys[this.#slotOf(id)] ?? FREE);
      if (key <= 0) continue;
      setInteger(words, row, key);
      validity[row >>> 5] = (validity[row >>> 5] ?? 0) | (1 << (row & 31));
    }
    return { type: 'i64', values, validity };
  }

  /** Where an id stands, or would. */
  #slotOf(id: number): number {
    const mask = this.#ids.length - 1;
    let slot = spread(id, this.#bits);
    while (this.#keys[slot] !== FREE && this.#ids[slot] !== id) slot = (slot + 1) & mask;
    return slot;
  }

  #grow(): void {
    const [ids, keys] = [this.#ids, this.#keys];
    this.#bits++;
    this.#ids = new Int32Array(1 << this.#bits);
    this.#keys = new Int32Array(1 << this.#bits);
    for (let slot = 0; slot < keys.length; slot++) {
      if (keys[slot] === FREE) continue;
      const to = this.#slotOf(ids[slot] ?? 0);
      this.#ids[to] = ids[slot] ?? 0;
      this.#keys[to] = keys[slot] ?? FREE;
    }
  }
}

/** Ids of 32 bits by row; undefined where there is none, or a larger one. */
function smallIds({ values, validity }: Int64Column): (row: number) => number | undefined {
  const halves = new Int32Array(values.buffer, values.byteOffset, values.length * 2);
  return (row) => {
    if (validity !== undefined && ((validity[row >>> 5] ?? 0) & (1 << (row & 31))) === 0) return undefined;
    const low = halves[2 * row] ?? 0;
    return halves[2 * row + 1] === low >> 31 ? low : undefined;
  };
}
