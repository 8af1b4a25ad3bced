/* eslint-disable @typescript-eslint/no-non-null-assertion -- every index is bounded by the size of its table, and a check
   a look-up costs a tenth of the decoder's time */
import type { BitSource } from './bit-source.js';
import { type BlockReader, type BlockTarget, need } from './block-reader.js';
import { type HuffmanTable, LOOKUP_BITS } from './huffman.js';
import { readDifference, skipSymbol } from './sequential-reader.js';
import { ENDS_BLOCK, SKIP_BITS } from './skip-table.js';

/**
 * Reads the blocks of a sequential scan that become one pixel each: only their means count, so all other coefficients are
 * passed over, several at a time. What is corrupt is found as if they were read one by one.
 */
export class MeanReader implements BlockReader {
  readonly h: number;
  readonly v: number;
  readonly #source: BitSource;
  readonly #dc: HuffmanTable;
  readonly #ac: HuffmanTable;
  readonly #differences: Int32Array;
  readonly #steps: Uint16Array;
  readonly #data: Uint8ClampedArray;
  readonly #stride: number;
  readonly #scale: number;
  #mean = 0;

  constructor({ component, data, stride }: BlockTarget, source: BitSource) {
    this.h = component.h;
    this.v = component.v;
    this.#source = source;
    this.#dc = need(component.dc);
    this.#ac = need(component.ac);
    this.#differences = this.#dc.fast;
    this.#steps = this.#ac.skip;
    this.#data = data;
    this.#stride = stride;
    this.#scale = (need(component.quant)[0] ?? 0) / 8;
  }

  restart(): void {
    this.#mean = 0;
  }

  read(row: number, column: number): void {
    const source = this.#source;
    const { view } = source;
    let { at } = source;
    let window = view.getInt32(at >>> 3) << (at & 7);
    const difference = this.#differences[window >>> (32 - LOOKUP_BITS)]!;
    if (difference !== 0) {
      this.#mean += difference >> 8;
      at += difference & 15;
      // 25 bits were good, 9 of them are gone at the most: enough for the first step.
      window <<= difference & 15;
    } else {
      this.#mean += readDifference(source, this.#dc);
      at = source.at;
      window = view.getInt32(at >>> 3) << (at & 7);
    }
    this.#data[row * this.#stride + column] = this.#mean * this.#scale + 128;

    const steps = this.#steps;
    for (let k = 1; ;) {
      const step = steps[window >>> (32 - SKIP_BITS)]!;
      const next = k + (step >> 5);
      if (step !== 0 && next < 64) {
        k = next;
        at += step & 31;
      } else if (next === 64 || (next > ENDS_BLOCK && next < ENDS_BLOCK + 64)) {
        source.at = at + (step & 31);
        return;
      } else {
        // A long code, or the last symbols of the window are of the next block, or it is corrupt: one by one.
        source.at = at;
        k += skipSymbol(source, this.#ac);
        at = source.at;
        if (k >= 64) return;
      }
      window = view.getInt32(at >>> 3) << (at & 7);
    }
  }
}
