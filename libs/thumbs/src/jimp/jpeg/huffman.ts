import { JpegError } from './jpeg-error.js';

/** Codes up to this length are found in one step. */
export const LOOKUP_BITS = 9;

/** Longest code of JPEG. */
const MAX_CODE_BITS = 16;

/**
 * A Huffman code as tables. `lookup` holds `length << 8 | symbol` for the next 9 bits, 0 where the code is longer;
 * those are found by `maxCode` and `delta`. `fastAc` holds code, run and value together where all of it fits in 9 bits
 * (`value << 8 | run << 4 | length`, 0 where not), which is most of a photo.
 *
 * @see https://www.w3.org/Graphics/JPEG/itu-t81.pdf annex F.2.2.3
 */
export interface HuffmanTable {
  readonly lookup: Uint16Array;
  readonly fastAc: Int32Array;
  /** By code length: one past the last code of it, shifted to 16 bits; the last entry is larger than any code. */
  readonly maxCode: Int32Array;
  /** By code length: index of its first symbol minus its first code. */
  readonly delta: Int32Array;
  readonly symbols: Uint8Array;
}

/** @param counts Number of codes of each length, 1 to 16. */
export function huffmanTable(counts: Uint8Array, symbols: Uint8Array): HuffmanTable {
  const lookup = new Uint16Array(1 << LOOKUP_BITS);
  const maxCode = new Int32Array(MAX_CODE_BITS + 2);
  const delta = new Int32Array(MAX_CODE_BITS + 2);
  let code = 0;
  let index = 0;
  for (let length = 1; length <= MAX_CODE_BITS; length++) {
    delta[length] = index - code;
    for (let i = counts[length - 1] ?? 0; i > 0; i--, code++, index++) {
      if (length > LOOKUP_BITS) continue;
      const first = code << (LOOKUP_BITS - length);
      lookup.fill((length << 8) | (symbols[index] ?? 0), first, first + (1 << (LOOKUP_BITS - length)));
    }
    if (code > 1 << length) throw new JpegError('corrupt', 'a Huffman table has more codes than fit');
    maxCode[length] = code << (MAX_CODE_BITS - length);
    code <<= 1;
  }
  maxCode[MAX_CODE_BITS + 1] = 0x7fffffff;
  return { lookup, fastAc: fastAcTable(lookup), maxCode, delta, symbols };
}

function fastAcTable(lookup: Uint16Array): Int32Array {
  const fast = new Int32Array(1 << LOOKUP_BITS);
  for (let bits = 0; bits < fast.length; bits++) {
    const length = (lookup[bits] ?? 0) >> 8;
    const size = (lookup[bits] ?? 0) & 15;
    if (length === 0 || size === 0 || length + size > LOOKUP_BITS) continue;
    const raw = (bits >> (LOOKUP_BITS - length - size)) & ((1 << size) - 1);
    const value = raw < 1 << (size - 1) ? raw - (1 << size) + 1 : raw;
    fast[bits] = (value << 8) | ((lookup[bits] ?? 0) & 0xf0) | (length + size);
  }
  return fast;
}
