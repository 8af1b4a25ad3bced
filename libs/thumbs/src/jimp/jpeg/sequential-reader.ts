/* eslint-disable @typescript-eslint/no-non-null-assertion -- every index is masked or bounded by its table, and a check
   a coefficient costs a tenth of the decoder's time */
import type { BitSource } from './bit-source.js';
import { type BlockReader, type BlockTarget, need } from './block-reader.js';
import { type HuffmanTable, LOOKUP_BITS } from './huffman.js';
import { type Idct, idctFor, idctScale } from './idct.js';
import { JpegError } from './jpeg-error.js';
import { type BlockSide, placesFor, ZERO_RUN } from './zigzag.js';

/**
 * Reads the blocks of a sequential scan and turns each into `side` x `side` pixels.
 *
 * @see https://www.w3.org/Graphics/JPEG/itu-t81.pdf annex F.2.2
 */
export class SequentialReader implements BlockReader {
  readonly h: number;
  readonly v: number;
  readonly #source: BitSource;
  readonly #dc: HuffmanTable;
  readonly #ac: HuffmanTable;
  readonly #data: Uint8ClampedArray;
  readonly #stride: number;
  readonly #side: BlockSide;
  readonly #places: Uint8Array;
  readonly #idct: Idct;
  readonly #scale: Float64Array;
  readonly #block = new Int16Array(65);
  #mean = 0;

  constructor({ component, data, stride }: BlockTarget, side: BlockSide, source: BitSource) {
    this.h = component.h;
    this.v = component.v;
    this.#source = source;
    this.#dc = need(component.dc);
    this.#ac = need(component.ac);
    this.#data = data;
    this.#stride = stride;
    this.#side = side;
    this.#places = placesFor(side);
    this.#idct = idctFor(side);
    this.#scale = idctScale(need(component.quant), side);
  }

  restart(): void {
    this.#mean = 0;
  }

  read(row: number, column: number): void {
    this.#block.fill(0);
    this.#mean += readDifference(this.#source, this.#dc);
    this.#block[0] = this.#mean;
    readCoefficients(this.#source, this.#ac, this.#places, this.#block);
    this.#idct(this.#block, 0, this.#scale, this.#data, (row * this.#stride + column) * this.#side, this.#stride);
  }
}

/** How much the mean of a block differs from that of the one before it. */
export function readDifference(source: BitSource, dc: HuffmanTable): number {
  const size = source.symbol(dc);
  if (size > 15) throw new JpegError('corrupt', 'a difference of more than 15 bits');
  return source.extend(size);
}

/** Passes over a symbol and its value; returns by how many coefficients, 64 when the block ends with it. */
export function skipSymbol(source: BitSource, ac: HuffmanTable): number {
  const symbol = source.symbol(ac);
  source.at += symbol & 15;
  return (symbol & 15) === 0 && symbol !== ZERO_RUN ? 64 : (symbol >> 4) + 1;
}

/**
 * Reads all but the first coefficient of a block, which are zero before, to where `places` says. This is where a JPEG
 * spends its time, so the place in the bit source is held in a local variable.
 */
function readCoefficients(source: BitSource, ac: HuffmanTable, places: Uint8Array, block: Int16Array): void {
  const { view } = source;
  const { lookup, fast } = ac;
  let { at } = source;
  for (let k = 1; k < 64;) {
    const window = view.getInt32(at >>> 3) << (at & 7);
    const next = window >>> (32 - LOOKUP_BITS);
    const found = fast[next]!;
    if (found !== 0) {
      k += (found >> 4) & 15;
      at += found & 15;
      block[places[k++]!] = found >> 8;
      continue;
    }
    let symbol = lookup[next]!;
    if (symbol !== 0) {
      at += symbol >> 8;
      symbol &= 255;
    } else {
      source.at = at;
      symbol = source.longSymbol(ac, window);
      at = source.at;
    }
    const bits = symbol & 15;
    if (bits === 0) {
      if (symbol !== ZERO_RUN) break;
      k += 16;
      continue;
    }
    k += symbol >> 4;
    const raw = (view.getInt32(at >>> 3) << (at & 7)) >>> (32 - bits);
    at += bits;
    block[places[k++]!] = raw < 1 << (bits - 1) ? raw - (1 << bits) + 1 : raw;
  }
  source.at = at;
}
