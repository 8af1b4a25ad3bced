import type { ImageHeader } from '@datavis/plugin-sdk';
import { type HeaderReader, NeedMoreBytes } from './reader.js';

/**
 * The logical screen, and the image descriptors that lie in the bytes at hand.
 *
 * @see https://www.w3.org/Graphics/GIF/spec-gif89a.txt
 */
export function gifHeader(reader: HeaderReader): ImageHeader {
  const widthPx = reader.u16(6, true);
  const heightPx = reader.u16(8, true);
  return { contentType: 'image/gif', widthPx, heightPx, orientation: 1, frames: Math.max(1, countFrames(reader)) };
}

function countFrames(reader: HeaderReader): number {
  let frames = 0;
  try {
    let at = 13 + colourTableBytes(reader.u8(10));
    for (;;) {
      const block = reader.u8(at);
      if (block === 0x2c) {
        frames++;
        at = skipSubBlocks(reader, at + 11 + colourTableBytes(reader.u8(at + 9)));
      } else if (block === 0x21) {
        at = skipSubBlocks(reader, at + 2);
      } else {
        return frames;
      }
    }
  } catch (error) {
    if (error instanceof NeedMoreBytes) return frames;
    throw error;
  }
}

function colourTableBytes(flags: number): number {
  return (flags & 0x80) === 0 ? 0 : 3 << ((flags & 7) + 1);
}

function skipSubBlocks(reader: HeaderReader, start: number): number {
  let at = start;
  for (let size = reader.u8(at); size !== 0; size = reader.u8(at)) at += size + 1;
  return at + 1;
}
