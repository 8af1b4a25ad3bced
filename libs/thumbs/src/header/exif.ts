import { type HeaderReader, NeedMoreBytes } from './reader.js';

const ORIENTATION_TAG = 0x0112;

/**
 * The orientation (1 to 8) in an EXIF block whose TIFF header is at `start`; 1 where there is none. A damaged block
 * counts as none, as with every viewer: it is no reason to refuse the picture.
 *
 * @see https://www.cipa.jp/std/documents/e/DC-X008-Translation-2019-E.pdf section 4.6.4
 */
export function exifOrientation(reader: HeaderReader, start: number, end: number): number {
  try {
    const order = reader.u16(start);
    if (order !== 0x4949 && order !== 0x4d4d) return 1;
    const little = order === 0x4949;
    const directory = start + reader.u32(start + 4, little);
    const entries = reader.u16(directory, little);
    for (let i = 0; i < entries; i++) {
      const at = directory + 2 + i * 12;
      if (at + 12 > end) return 1;
      if (reader.u16(at, little) !== ORIENTATION_TAG) continue;
      const value = reader.u16(at + 8, little);
      return value >= 1 && value <= 8 ? value : 1;
    }
    return 1;
  } catch (error) {
    if (error instanceof NeedMoreBytes) return 1;
    throw error;
  }
}

/** Whether an orientation swaps width and height. */
export function swapsSides(orientation: number): boolean {
  return orientation >= 5 && orientation <= 8;
}

/** Whether an orientation mirrors the stored columns and rows, before the sides are swapped. */
export function flipsOf(orientation: number): { readonly x: boolean; readonly y: boolean } {
  return {
    x: orientation === 2 || orientation === 3 || orientation === 7 || orientation === 8,
    y: orientation === 3 || orientation === 4 || orientation === 6 || orientation === 7,
  };
}
