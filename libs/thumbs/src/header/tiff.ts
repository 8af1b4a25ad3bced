import type { ImageHeader } from '@datavis/plugin-sdk';
import { type HeaderReader, NeedMoreBytes } from './reader.js';

const WIDTH = 256;
const HEIGHT = 257;
const ORIENTATION = 274;
const SHORT = 3;
/** More pages than this are not counted: a chain may be a ring. */
const MAX_PAGES = 10_000;

/**
 * The tags of the first page, and the length of the chain of pages as far as the bytes at hand reach.
 *
 * @see https://www.itu.int/itudoc/itu-t/com16/tiff-fx/docs/tiff6.pdf
 */
export function tiffHeader(reader: HeaderReader): ImageHeader {
  const little = reader.u16(0) === 0x4949;
  const directory = reader.u32(4, little);
  const entries = reader.u16(directory, little);
  reader.need(directory + 2 + entries * 12);
  const tags = new Map<number, number>();
  for (let at = directory + 2; at < directory + 2 + entries * 12; at += 12) {
    const value = reader.u16(at + 2, little) === SHORT ? reader.u16(at + 8, little) : reader.u32(at + 8, little);
    tags.set(reader.u16(at, little), value);
  }
  const orientation = tags.get(ORIENTATION) ?? 1;
  return {
    contentType: 'image/tiff',
    widthPx: tags.get(WIDTH) ?? 0,
    heightPx: tags.get(HEIGHT) ?? 0,
    orientation: orientation >= 1 && orientation <= 8 ? orientation : 1,
    frames: countPages(reader, directory, little),
  };
}

function countPages(reader: HeaderReader, first: number, little: boolean): number {
  let pages = 0;
  try {
    for (let at = first; at !== 0 && pages < MAX_PAGES; pages++) {
      at = reader.u32(at + 2 + reader.u16(at, little) * 12, little);
    }
  } catch (error) {
    if (!(error instanceof NeedMoreBytes)) throw error;
  }
  return Math.max(1, pages);
}
