import type { ImageHeader } from '@datavis/plugin-sdk';
import { BadHeader, type HeaderReader } from './reader.js';

/** Boxes that hold boxes, with the bytes of their own before the first of them. */
const containers: Readonly<Record<string, number>> = { meta: 4, iprp: 0, ipco: 0 };

/**
 * The largest `ispe` (spatial extent) of the item properties, turned as `irot` says: decoders apply it always.
 *
 * @see https://aomediacodec.github.io/av1-avif/
 */
export function avifHeader(reader: HeaderReader): ImageHeader {
  const found = { widthPx: 0, heightPx: 0, quarterTurns: 0 };
  walk(reader, 0, Number.POSITIVE_INFINITY, found);
  if (found.widthPx === 0) throw new BadHeader('AVIF does not say its size');
  const [widthPx, heightPx] =
    found.quarterTurns % 2 === 0 ? [found.widthPx, found.heightPx] : [found.heightPx, found.widthPx];
  const frames = reader.ascii(8, 4) === 'avis' ? 2 : 1;
  return { contentType: 'image/avif', widthPx, heightPx, orientation: 1, frames };
}

interface Found {
  widthPx: number;
  heightPx: number;
  quarterTurns: number;
}

/** Returns true once `meta` has been read: what follows is pixels. */
function walk(reader: HeaderReader, start: number, end: number, found: Found): boolean {
  for (let at = start; at + 8 <= end;) {
    const size = reader.u32(at);
    const name = reader.ascii(at + 4, 4);
    if (size < 8) throw new BadHeader(`AVIF box at byte ${at} has size ${size}`);
    const inner = containers[name];
    if (inner !== undefined) walk(reader, at + 8 + inner, at + size, found);
    if (name === 'meta') return true;
    if (name === 'ispe' && reader.u32(at + 12) * reader.u32(at + 16) > found.widthPx * found.heightPx) {
      found.widthPx = reader.u32(at + 12);
      found.heightPx = reader.u32(at + 16);
    }
    if (name === 'irot') found.quarterTurns = reader.u8(at + 8) & 3;
    at += size;
  }
  return false;
}
