import { JpegError } from './jpeg-error.js';
import { skipTable } from './skip-table.js';

/** Codes up to this length are found in one step. */
export const LOOKUP_BITS = 9;

/** Longest code of JPEG. */
const MAX_CODE_BITS = 16;

/**
 * A Huffman code as tables.
 *
 * @see https://www.w3.org/Graphics/JPEG/itu-t81.pdf annex F.2.2.3
 */
export class HuffmanTable {
  /** `length << 8 | symbol` for the next 9 bits, 0 where the code is longer: `maxCode` and `delta` find those. */
  readonly lookup = new Uint16Array(1 << LOOKUP_BITS);
  /**
   * Code, run and value together (`value << 8 | run << 4 | length`) where all of it fits in 9 bits, which is most of a
   * photo; 0 where not, and for symbols without a value.
   */
  readonly fast: Int32Array;
  /** By code length: one past the last code of it, shifted to 16 bits; the last entry is larger than any code. */
  readonly maxCode = new Int32Array(MAX_CODE_BITS + 2);
  /** By code length: index of its first symbol minus its first code. */
  readonly delta = new Int32Array(MAX_CODE_BITS + 2);
  readonly symbols: Uint8Array;
  #skip: Uint16Array | undefined;

  /** @param counts Number of codes of each length, 1 to 16. */
  constructor(counts: Uint8Array, symbols: Uint8Array, kind: 'dc' | 'ac') {
    this.symbols = symbols;
    let code = 0;
    let index = 0;
    for (let length = 1; length <= MAX_CODE_BITS; length++) {
      this.delta[length] = index - code;
      for (let i = counts[length - 1] ?? 0; i > 0; i--, code++, index++) {
        if (length > LOOKUP_BITS) continue;
        const first = code << (LOOKUP_BITS - length);
        this.lookup.fill((length << 8) | (symbols[index] ?? 0), first, first + (1 << (LOOKUP_BITS - length)));
      }
      if (code > 1 << length) throw new JpegError('corrupt', 'a Huffman table has more codes than fit');
      this.maxCode[length] = code << (MAX_CODE_BITS - length);
      code <<= 1;
    }
    this.maxCode[MAX_CODE_BITS + 1] = 0x7fffffff;
    this.fast = fastTable(this.lookup, kind);
  }

  /** For passing over coefficients that nobody needs; made at the first use, as only shrunk pictures have any. */
  get skip(): Uint16Array {
    return (this.#skip ??= skipTable(this));
  }
}

function fastTable(lookup: Uint16Array, kind: 'dc' | 'ac'): Int32Array {
  const fast = new Int32Array(1 << LOOKUP_BITS);
  for (let bits = 0; bits < fast.length; bits++) {
    const length = (lookup[bits] ?? 0) >> 8;
    const symbol = (lookup[bits] ?? 0) & 255;
    const size = symbol & 15;
    const hasValue = kind === 'dc' ? symbol <= 15 : size > 0;
    if (length === 0 || !hasValue || length + size > LOOKUP_BITS) continue;
    const raw = (bits >> (LOOKUP_BITS - length - size)) & ((1 << size) - 1);
    const value = raw < (1 << size) >> 1 ? raw - (1 << size) + 1 : raw;
    fast[bits] = (value << 8) | (symbol & 0xf0) | (length + size);
  }
  return fast;
}
