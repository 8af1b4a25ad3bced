import type { Int64Column } from '@datavis/plugin-sdk';

const PAGE_BITS = 16;
/** Pages of 8 KiB: 16 MiB, for 134 million ids that lie dense. */
const MAX_PAGES = 2048;
const PAGE_SIZE = 2 ** PAGE_BITS;

/**
 * Proves that no id comes twice, while they pass by: a bit for each id, in pages. Ids of data sets lie dense enough. Where
 * they do not, or one does come twice, the proof fails and a query has to say.
 */
export class SeenIds {
  readonly #pages = new Map<number, Uint32Array>();
  #proven = true;

  /** Whether all ids so far are integers and differ. */
  get areUnique(): boolean {
    return this.#proven;
  }

  addAll({ values, validity }: Int64Column, rows: number): void {
    const halves = new Int32Array(values.buffer, values.byteOffset, rows * 2);
    for (let row = 0; row < rows && this.#proven; row++) {
      if (validity !== undefined && ((validity[row >>> 5] ?? 0) & (1 << (row & 31))) === 0) this.#proven = false;
      else this.#add((halves[2 * row + 1] ?? 0) * 2 ** 32 + ((halves[2 * row] ?? 0) >>> 0));
    }
    if (!this.#proven) this.#pages.clear();
  }

  #add(id: number): void {
    if (!Number.isSafeInteger(id)) {
      this.#proven = false;
      return;
    }
    const number = Math.floor(id / PAGE_SIZE);
    let page = this.#pages.get(number);
    if (page === undefined) {
      this.#pages.set(number, (page = new Uint32Array(PAGE_SIZE / 32)));
      if (this.#pages.size > MAX_PAGES) this.#proven = false;
    }
    const bit = id - number * PAGE_SIZE;
    const word = page[bit >>> 5] ?? 0;
    if ((word & (1 << (bit & 31))) !== 0) this.#proven = false;
    page[bit >>> 5] = word | (1 << (bit & 31));
  }
}
