import type { HuffmanTable } from './huffman.js';
import { ZERO_RUN } from './zigzag.js';

/** Bits that one step looks at: two tables (brightness and colours) of 2 bytes an entry stay in a core's fast cache. */
export const SKIP_BITS = 13;

/** Added to the coefficients that an entry passes over when the block ends with it. */
export const ENDS_BLOCK = 128;

/**
 * What the next 13 bits of AC coefficients hold: `coefficients << 5 | bits` of all symbols whose codes lie in them, each
 * with the bits of its value, which may reach beyond; 0 where not even one code does. A symbol that ends the block is
 * the last and adds {@link ENDS_BLOCK}.
 */
export function skipTable({ maxCode, delta, symbols }: HuffmanTable): Uint16Array {
  const single = new Uint16Array(1 << SKIP_BITS);
  for (let length = 1, code = 0; length <= SKIP_BITS; length++, code <<= 1) {
    const width = 1 << (SKIP_BITS - length);
    for (; code < (maxCode[length] ?? 0) >> (16 - length); code++) {
      single.fill((length << 8) | (symbols[code + (delta[length] ?? 0)] ?? 0), code * width, (code + 1) * width);
    }
  }
  // What each window of `size` bits holds, at 2 ** size and behind it: its first symbol, then what a smaller one holds.
  const windows = new Uint16Array(2 << SKIP_BITS);
  for (let size = 1; size <= SKIP_BITS; size++) {
    for (let window = 0; window < 1 << size; window++) {
      const first = single[window << (SKIP_BITS - size)] ?? 0;
      const length = first >> 8;
      if (length === 0 || length > size) continue;
      const symbol = first & 255;
      const bits = length + (symbol & 15);
      const ends = (symbol & 15) === 0 && symbol !== ZERO_RUN;
      const alone = ((ends ? ENDS_BLOCK : (symbol >> 4) + 1) << 5) | bits;
      const left = size - bits;
      const rest = ends || left <= 0 ? 0 : (windows[(1 << left) | (window & ((1 << left) - 1))] ?? 0);
      const fits = bits + (rest & 31) < 32 && (alone >> 5) + ((rest >> 5) % ENDS_BLOCK) < 64;
      windows[(1 << size) | window] = fits ? alone + rest : alone;
    }
  }
  return windows.subarray(1 << SKIP_BITS);
}
