import type { ImageHeader } from '@datavis/plugin-sdk';
import { exifOrientation } from './exif.js';
import { BadHeader, type HeaderReader } from './reader.js';

/** A segment before the picture's data; `at` is the offset of its length, which counts itself. */
export interface JpegSegment {
  readonly marker: number;
  readonly at: number;
  readonly length: number;
}

/** Start-of-frame markers: C0 to CF without DHT (C4), JPG (C8) and DAC (CC). */
export function isStartOfFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
}

/**
 * Walks the segments up to the start of frame.
 *
 * @see https://www.w3.org/Graphics/JPEG/itu-t81.pdf annex B
 */
export function jpegHeader(reader: HeaderReader): ImageHeader {
  let orientation = 1;
  for (const { marker, at, length } of jpegSegments(reader)) {
    if (isStartOfFrame(marker)) {
      const heightPx = reader.u16(at + 3);
      const widthPx = reader.u16(at + 5);
      return { contentType: 'image/jpeg', widthPx, heightPx, orientation, frames: 1 };
    }
    if (marker === 0xe1 && orientation === 1 && length >= 16) {
      reader.need(at + length);
      if (reader.ascii(at + 2, 6) === 'Exif\0\0') orientation = exifOrientation(reader, at + 8, at + length);
    }
  }
  throw new BadHeader('JPEG has no frame header before its data');
}

/** The segments before the first scan. */
export function* jpegSegments(reader: HeaderReader): Generator<JpegSegment> {
  for (let at = 2; ;) {
    if (reader.u8(at) !== 0xff) throw new BadHeader(`byte ${at} is no JPEG marker`);
    while (reader.u8(at) === 0xff) at++;
    const marker = reader.u8(at++);
    if (marker === 0x01 || (marker >= 0xd0 && marker <= 0xd7)) continue;
    if (marker === 0xd9 || marker === 0xda) return;
    const length = reader.u16(at);
    if (length < 2) throw new BadHeader(`JPEG segment at byte ${at} has length ${length}`);
    yield { marker, at, length };
    at += length;
  }
}
