/* eslint-disable @typescript-eslint/no-non-null-assertion -- every index is a constant within 64 */
import { type BlockSide, ZIGZAG } from './zigzag.js';

/**
 * Turns coefficients into `side` x `side` pixels: the inverse DCT of a smaller size over the low frequencies alone, which
 * is decoding and shrinking in one. Coefficients lie at row x 8 + column, whatever the side.
 *
 * @see https://github.com/libjpeg-turbo/libjpeg-turbo/blob/main/src/jidctred.c (the same idea)
 */
export type Idct = (
  coefficients: Int16Array,
  offset: number,
  scale: Float64Array,
  out: Uint8ClampedArray,
  outAt: number,
  stride: number,
) => void;

/** AAN scale factors: cos(k pi / 16) x sqrt(2), and 1 for k = 0. */
const AAN = Float64Array.from({ length: 8 }, (_, k) => (k === 0 ? 1 : Math.cos((k * Math.PI) / 16) * Math.SQRT2));
/** What a 1-D inverse of 4 or 2 points wants its coefficients multiplied by, beside the change of size. */
const NORM_4 = [0.5, Math.SQRT1_2, 0.5, Math.SQRT1_2];

/** Quantisation and the factors of the transform in one table, at row x 8 + column. */
export function idctScale(quant: Uint16Array, side: BlockSide): Float64Array {
  const scale = new Float64Array(64);
  ZIGZAG.forEach((place, k) => {
    const [row, column] = [place >> 3, place & 7];
    scale[place] = (quant[k] ?? 0) * factor(row, column, side);
  });
  return scale;
}

function factor(row: number, column: number, side: BlockSide): number {
  if (side === 8) return ((AAN[row] ?? 0) * (AAN[column] ?? 0)) / 8;
  // An orthonormal transform of n points has coefficients sqrt(n / 8) times those of 8 points, in each direction.
  if (side === 4) return ((NORM_4[row] ?? 0) * (NORM_4[column] ?? 0)) / 2;
  return side === 2 ? 1 / 8 : 1 / 8;
}

export function idctFor(side: BlockSide): Idct {
  return side === 8 ? idct8 : side === 4 ? idct4 : side === 2 ? idct2 : idct1;
}

const idct1: Idct = (c, o, s, out, at) => {
  out[at] = c[o]! * s[0]! + 128;
};

const idct2: Idct = (c, o, s, out, at, stride) => {
  const a = c[o]! * s[0]! + 128;
  const b = c[o + 1]! * s[1]!;
  const d = c[o + 8]! * s[8]!;
  const e = c[o + 9]! * s[9]!;
  out[at] = a + b + d + e;
  out[at + 1] = a - b + d - e;
  out[at + stride] = a + b - d - e;
  out[at + stride + 1] = a - b - d + e;
};

const C1 = Math.cos(Math.PI / 8);
const C3 = Math.cos((3 * Math.PI) / 8);
const work4 = new Float64Array(16);

const idct4: Idct = (c, o, s, out, at, stride) => {
  for (let x = 0; x < 4; x++) {
    const a = c[o + x]! * s[x]!;
    const b = c[o + 8 + x]! * s[8 + x]!;
    const d = c[o + 16 + x]! * s[16 + x]!;
    const e = c[o + 24 + x]! * s[24 + x]!;
    const odd0 = b * C1 + e * C3;
    const odd1 = b * C3 - e * C1;
    work4[x] = a + d + odd0;
    work4[4 + x] = a - d + odd1;
    work4[8 + x] = a - d - odd1;
    work4[12 + x] = a + d - odd0;
  }
  for (let y = 0; y < 16; y += 4) {
    const a = work4[y]! + 128;
    const b = work4[y + 1]!;
    const d = work4[y + 2]!;
    const e = work4[y + 3]!;
    const odd0 = b * C1 + e * C3;
    const odd1 = b * C3 - e * C1;
    const row = at + (y >> 2) * stride;
    out[row] = a + d + odd0;
    out[row + 1] = a - d + odd1;
    out[row + 2] = a - d - odd1;
    out[row + 3] = a + d - odd0;
  }
};

const work8 = new Float64Array(64);

/** The float transform of Arai, Agui and Nakajima: 5 multiplications a line, the rest is in the scale. */
const idct8: Idct = (c, o, s, out, at, stride) => {
  for (let x = 0; x < 8; x++) {
    line8(
      c[o + x]! * s[x]!,
      c[o + 8 + x]! * s[8 + x]!,
      c[o + 16 + x]! * s[16 + x]!,
      c[o + 24 + x]! * s[24 + x]!,
      c[o + 32 + x]! * s[32 + x]!,
      c[o + 40 + x]! * s[40 + x]!,
      c[o + 48 + x]! * s[48 + x]!,
      c[o + 56 + x]! * s[56 + x]!,
      work8,
      x,
      8,
    );
  }
  for (let y = 0; y < 8; y++) {
    const w = y * 8;
    line8(
      work8[w]! + 128,
      work8[w + 1]!,
      work8[w + 2]!,
      work8[w + 3]!,
      work8[w + 4]!,
      work8[w + 5]!,
      work8[w + 6]!,
      work8[w + 7]!,
      out,
      at + y * stride,
      1,
    );
  }
};

function line8(
  i0: number,
  i1: number,
  i2: number,
  i3: number,
  i4: number,
  i5: number,
  i6: number,
  i7: number,
  out: Float64Array | Uint8ClampedArray,
  at: number,
  step: number,
): void {
  const t10 = i0 + i4;
  const t11 = i0 - i4;
  const t13 = i2 + i6;
  const t12 = (i2 - i6) * Math.SQRT2 - t13;
  const e0 = t10 + t13;
  const e3 = t10 - t13;
  const e1 = t11 + t12;
  const e2 = t11 - t12;
  const z13 = i5 + i3;
  const z10 = i5 - i3;
  const z11 = i1 + i7;
  const z12 = i1 - i7;
  const o7 = z11 + z13;
  const z5 = (z10 + z12) * 1.847759065;
  const o6 = z5 - z10 * 2.61312593 - o7;
  const o5 = (z11 - z13) * Math.SQRT2 - o6;
  const o4 = z5 - z12 * 1.0823922 - o5;
  out[at] = e0 + o7;
  out[at + 7 * step] = e0 - o7;
  out[at + step] = e1 + o6;
  out[at + 6 * step] = e1 - o6;
  out[at + 2 * step] = e2 + o5;
  out[at + 5 * step] = e2 - o5;
  out[at + 3 * step] = e3 + o4;
  out[at + 4 * step] = e3 - o4;
}
