import type { ImageHeader } from '@datavis/plugin-sdk';
import { exifOrientation } from './exif.js';
import { BadHeader, type HeaderReader } from './reader.js';

/**
 * IHDR, then the chunks before the pixels: `acTL` (animation) and `eXIf`.
 *
 * @see https://www.w3.org/TR/png-3/#11Chunks
 */
export function pngHeader(reader: HeaderReader): ImageHeader {
  if (reader.ascii(12, 4) !== 'IHDR') throw new BadHeader('PNG does not start with IHDR');
  const widthPx = reader.u32(16);
  const heightPx = reader.u32(20);
  let orientation = 1;
  let frames = 1;
  for (let at = 33; ;) {
    const length = reader.u32(at);
    const name = reader.ascii(at + 4, 4);
    if (name === 'IDAT') return { contentType: 'image/png', widthPx, heightPx, orientation, frames };
    if (name === 'IEND') throw new BadHeader('PNG ends without pixels');
    if (name === 'acTL') frames = Math.max(1, reader.u32(at + 8));
    if (name === 'eXIf') {
      reader.need(at + 8 + length);
      orientation = exifOrientation(reader, at + 8, at + 8 + length);
    }
    at += 12 + length;
  }
}
