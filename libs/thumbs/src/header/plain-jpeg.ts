import { hasSrgbProfile } from './icc.js';
import { isStartOfFrame, jpegSegments } from './jpeg.js';
import { BadHeader, HeaderReader, NeedMoreBytes } from './reader.js';

const YCBCR = 1;

/**
 * Whether a JPEG is as cameras write it: sequential, Huffman coding of 8 bits, grey or YCbCr, and in no colour profile but
 * sRGB. False also for what is damaged before its first scan.
 */
export function isPlainJpeg(file: Uint8Array): boolean {
  const reader = new HeaderReader(file, true);
  let plain = false;
  try {
    for (const { marker, at, length } of jpegSegments(reader)) {
      if (isStartOfFrame(marker)) {
        plain = marker <= 0xc1 && reader.u8(at + 2) === 8 && hasPlainComponents(reader, at + 7);
      } else if (marker === 0xee && length >= 14 && reader.ascii(at + 2, 5) === 'Adobe') {
        if (reader.u8(at + 13) !== YCBCR) return false;
      } else if (marker === 0xe2 && length >= 14 && reader.ascii(at + 2, 12) === 'ICC_PROFILE\0') {
        if (!hasSrgbProfile(file)) return false;
      }
    }
    return plain;
  } catch (error) {
    if (error instanceof BadHeader || error instanceof NeedMoreBytes) return false;
    throw error;
  }
}

function hasPlainComponents(reader: HeaderReader, at: number): boolean {
  const count = reader.u8(at);
  if (count === 1) return true;
  return count === 3 && String.fromCharCode(...[0, 1, 2].map((i) => reader.u8(at + 1 + i * 3))) !== 'RGB';
}
