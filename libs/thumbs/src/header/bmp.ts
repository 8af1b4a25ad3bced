import type { ImageHeader } from '@datavis/plugin-sdk';
import type { HeaderReader } from './reader.js';

/** @see https://learn.microsoft.com/windows/win32/gdi/bitmap-storage */
export function bmpHeader(reader: HeaderReader): ImageHeader {
  const old = reader.u32(14, true) === 12;
  const widthPx = old ? reader.u16(18, true) : Math.abs(reader.i32le(18));
  // A negative height stores the rows from the top.
  const heightPx = old ? reader.u16(20, true) : Math.abs(reader.i32le(22));
  return { contentType: 'image/bmp', widthPx, heightPx, orientation: 1, frames: 1 };
}
