import type { ImageHeader } from '@datavis/plugin-sdk';
import { exifOrientation } from './exif.js';
import { BadHeader, type HeaderReader, NeedMoreBytes } from './reader.js';

const ANIMATED = 0x02;
const HAS_EXIF = 0x08;

/** @see https://developers.google.com/speed/webp/docs/riff_container */
export function webpHeader(reader: HeaderReader): ImageHeader {
  const contentType = 'image/webp';
  const form = reader.ascii(12, 4);
  if (form === 'VP8 ') {
    if (reader.u24le(23) !== 0x2a019d) throw new BadHeader('WebP frame has no start code');
    const widthPx = reader.u16(26, true) & 0x3fff;
    const heightPx = reader.u16(28, true) & 0x3fff;
    return { contentType, widthPx, heightPx, orientation: 1, frames: 1 };
  }
  if (form === 'VP8L') {
    if (reader.u8(20) !== 0x2f) throw new BadHeader('lossless WebP has no signature');
    const bits = reader.u32(21, true);
    const widthPx = (bits & 0x3fff) + 1;
    const heightPx = ((bits >>> 14) & 0x3fff) + 1;
    return { contentType, widthPx, heightPx, orientation: 1, frames: 1 };
  }
  if (form !== 'VP8X') throw new BadHeader(`WebP starts with the unknown chunk ${JSON.stringify(form)}`);
  const flags = reader.u8(20);
  const widthPx = reader.u24le(24) + 1;
  const heightPx = reader.u24le(27) + 1;
  return { contentType, widthPx, heightPx, ...walkChunks(reader, flags) };
}

/** Frames and EXIF lie behind the pixels, so a head that is not the whole file may not reach them. */
function walkChunks(reader: HeaderReader, flags: number): { orientation: number; frames: number } {
  const fileBytes = reader.u32(4, true) + 8;
  let orientation = 1;
  let frames = 0;
  try {
    for (let at = 30; at + 8 <= fileBytes;) {
      const name = reader.ascii(at, 4);
      const length = reader.u32(at + 4, true);
      if (name === 'ANMF') frames++;
      if (name === 'EXIF') {
        reader.need(at + 8 + length);
        const skip = reader.ascii(at + 8, 6) === 'Exif\0\0' ? 6 : 0;
        orientation = exifOrientation(reader, at + 8 + skip, at + 8 + length);
      }
      at += 8 + length + (length & 1);
    }
  } catch (error) {
    if (!(error instanceof NeedMoreBytes)) throw error;
    if ((flags & HAS_EXIF) !== 0 && !reader.complete) throw new NeedMoreBytes(fileBytes);
  }
  return { orientation, frames: (flags & ANIMATED) === 0 ? 1 : Math.max(1, frames) };
}
