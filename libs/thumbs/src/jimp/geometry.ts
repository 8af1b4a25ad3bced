import type { ThumbnailOptions } from '@datavis/plugin-sdk';
import { flipsOf, swapsSides } from '../header/exif.js';
import type { Bitmap } from './jpeg/decode.js';
import { resample } from './resample.js';

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Size to bring a picture to, and the part of it that is shown, in the middle. */
export interface Fit {
  readonly resized: Size;
  readonly shown: Size;
}

export function fitInto(
  source: Size,
  { widthPx, heightPx, fit }: Pick<ThumbnailOptions, 'widthPx' | 'heightPx' | 'fit'>,
): Fit {
  const box = { width: widthPx, height: heightPx };
  if (fit === 'fill') return { resized: box, shown: box };
  // Divided, as libvips does it: a product with the reciprocal is sometimes rounded the other way.
  const factors = [source.width / widthPx, source.height / heightPx];
  const factor = fit === 'cover' ? Math.min(...factors) : Math.max(1, ...factors);
  const resized = {
    width: Math.max(1, Math.round(source.width / factor)),
    height: Math.max(1, Math.round(source.height / factor)),
  };
  return { resized, shown: fit === 'cover' ? box : resized };
}

/** Brings RGBA pixels to a size. Colours count by their alpha, so that what is transparent leaves no fringe. */
export function resizeBitmap(bitmap: Bitmap, size: Size): Bitmap {
  const { width, height } = bitmap;
  if (width === size.width && height === size.height) return bitmap;
  const opaque = isOpaque(bitmap);
  const data = opaque ? bitmap.data : multiplied(bitmap.data);
  const out = Buffer.alloc(size.width * size.height * 4, 255);
  for (let offset = 0; offset < (opaque ? 3 : 4); offset++) {
    const channel = resample({ data, stride: width, step: 4, offset, width, height }, size.width, size.height);
    for (let i = 0; i < channel.length; i++) out[i * 4 + offset] = channel[i] ?? 0;
  }
  if (!opaque) divide(out);
  return { data: out, ...size };
}

function isOpaque({ data }: Bitmap): boolean {
  for (let at = 3; at < data.length; at += 4) if (data[at] !== 255) return false;
  return true;
}

function multiplied(data: Buffer): Buffer {
  const out = Buffer.from(data);
  for (let at = 0; at < out.length; at += 4) {
    const alpha = (out[at + 3] ?? 0) / 255;
    for (let c = at; c < at + 3; c++) out[c] = Math.round((out[c] ?? 0) * alpha);
  }
  return out;
}

function divide(out: Buffer): void {
  for (let at = 0; at < out.length; at += 4) {
    const alpha = out[at + 3] ?? 0;
    for (let c = at; c < at + 3; c++)
      out[c] = alpha === 0 ? 0 : Math.min(255, Math.round(((out[c] ?? 0) * 255) / alpha));
  }
}

/** The part in the middle. */
export function cropBitmap(bitmap: Bitmap, size: Size): Bitmap {
  const { data, width, height } = bitmap;
  if (width === size.width && height === size.height) return bitmap;
  const left = Math.floor((width - size.width) / 2);
  const top = Math.floor((height - size.height) / 2);
  const out = Buffer.alloc(size.width * size.height * 4);
  for (let y = 0; y < size.height; y++) {
    const from = ((top + y) * width + left) * 4;
    data.copy(out, y * size.width * 4, from, from + size.width * 4);
  }
  return { data: out, ...size };
}

/** Lays a picture on a colour, `#rrggbb`. */
export function flattenBitmap({ data, width, height }: Bitmap, background: string): Bitmap {
  const colour = Buffer.from(background.slice(1), 'hex');
  const out = Buffer.from(data);
  for (let at = 0; at < out.length; at += 4) {
    const alpha = (out[at + 3] ?? 0) / 255;
    for (let c = 0; c < 3; c++)
      out[at + c] = Math.round((out[at + c] ?? 0) * alpha + (colour[c] ?? 0) * (1 - alpha));
    out[at + 3] = 255;
  }
  return { data: out, width, height };
}

/** Turns stored pixels upright by their EXIF orientation, 1 to 8. */
export function turnUpright(bitmap: Bitmap, orientation: number): Bitmap {
  if (orientation <= 1 || orientation > 8) return bitmap;
  const { data, width: w, height: h } = bitmap;
  const swapped = swapsSides(orientation);
  const flips = flipsOf(orientation);
  const [width, height] = swapped ? [h, w] : [w, h];
  const out = Buffer.alloc(data.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [column, row] = swapped ? [y, x] : [x, y];
      const from = ((flips.y ? h - 1 - row : row) * w + (flips.x ? w - 1 - column : column)) * 4;
      out.writeInt32LE(data.readInt32LE(from), (y * width + x) * 4);
    }
  }
  return { data: out, width, height };
}
