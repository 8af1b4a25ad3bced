import type { BitSource } from './bit-source.js';
import { type BlockReader, need } from './block-reader.js';
import type { JpegComponent, JpegScan } from './frame.js';
import { ZIGZAG } from './zigzag.js';

/**
 * Reads what one progressive scan says about the blocks of a component. Coefficients stay in memory until the last scan.
 *
 * @see https://www.w3.org/Graphics/JPEG/itu-t81.pdf annex G.1.2
 */
export class ProgressiveReader implements BlockReader {
  readonly h: number;
  readonly v: number;
  readonly #component: JpegComponent;
  /** Of all blocks, 64 each. */
  readonly #coefficients: Int16Array;
  readonly #source: BitSource;
  readonly #scan: JpegScan;
  #mean = 0;
  /** Blocks still to come whose band is at its end. */
  #endOfBandRun = 0;

  constructor(component: JpegComponent, coefficients: Int16Array, source: BitSource, scan: JpegScan) {
    this.h = component.h;
    this.v = component.v;
    this.#component = component;
    this.#coefficients = coefficients;
    this.#source = source;
    this.#scan = scan;
  }

  restart(): void {
    this.#mean = 0;
    this.#endOfBandRun = 0;
  }

  read(row: number, column: number): void {
    const block = this.#coefficients;
    const offset = (row * this.#component.storedWide + column) * 64;
    const { spectralStart, successiveHigh, successiveLow } = this.#scan;
    if (spectralStart === 0) {
      if (successiveHigh === 0) {
        this.#mean += this.#source.extend(this.#source.symbol(need(this.#component.dc)));
        block[offset] = this.#mean * (1 << successiveLow);
      } else if (this.#source.bit() === 1) {
        block[offset] = (block[offset] ?? 0) | (1 << successiveLow);
      }
    } else if (successiveHigh === 0) {
      this.#readBand(block, offset);
    } else {
      this.#refineBand(block, offset);
    }
  }

  #readBand(block: Int16Array, offset: number): void {
    if (this.#endOfBandRun > 0) {
      this.#endOfBandRun--;
      return;
    }
    const { spectralStart, spectralEnd, successiveLow } = this.#scan;
    const table = need(this.#component.ac);
    for (let k = spectralStart; k <= spectralEnd; k++) {
      const symbol = this.#source.symbol(table);
      const [run, size] = [symbol >> 4, symbol & 15];
      if (size === 0) {
        if (run < 15) {
          this.#endOfBandRun = (1 << run) + this.#source.bits(run) - 1;
          return;
        }
        k += 15;
        continue;
      }
      k += run;
      const value = this.#source.extend(size);
      if (k <= 63) block[offset + (ZIGZAG[k] ?? 0)] = value * (1 << successiveLow);
    }
  }

  #refineBand(block: Int16Array, offset: number): void {
    const { spectralStart, spectralEnd, successiveLow } = this.#scan;
    const bit = 1 << successiveLow;
    let k = spectralStart;
    if (this.#endOfBandRun === 0) {
      const table = need(this.#component.ac);
      for (; k <= spectralEnd; k++) {
        const symbol = this.#source.symbol(table);
        const [run, size] = [symbol >> 4, symbol & 15];
        if (size === 0 && run < 15) {
          this.#endOfBandRun = (1 << run) + this.#source.bits(run);
          break;
        }
        const fresh = size === 0 ? 0 : this.#source.bit() === 1 ? bit : -bit;
        k = this.#skipZeros(block, offset, k, run, bit);
        if (fresh !== 0 && k <= 63) block[offset + (ZIGZAG[k] ?? 0)] = fresh;
      }
    }
    if (this.#endOfBandRun > 0) {
      this.#skipZeros(block, offset, k, 64, bit);
      this.#endOfBandRun--;
    }
  }

  /** Refines what is not zero, until `zeros` zeros lie behind and the next one is reached, or the band ends. */
  #skipZeros(block: Int16Array, offset: number, from: number, zeros: number, bit: number): number {
    let left = zeros;
    let k = from;
    for (; k <= this.#scan.spectralEnd; k++) {
      const place = offset + (ZIGZAG[k] ?? 0);
      const value = block[place] ?? 0;
      if (value !== 0) {
        if (this.#source.bit() === 1 && (value & bit) === 0) block[place] = value + (value > 0 ? bit : -bit);
      } else if (left-- === 0) {
        break;
      }
    }
    return k;
  }
}
