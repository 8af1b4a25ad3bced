import type { DecodedPixels, ImageHeader, Thumbnail, ThumbnailOptions } from '@datavis/plugin-sdk';
import { createJimp } from '@jimp/core';
import bmp, { msBmp } from '@jimp/js-bmp';
import gif from '@jimp/js-gif';
import png from '@jimp/js-png';
import tiff from '@jimp/js-tiff';
import { swapsSides } from '../header/exif.js';
import { readHeader } from '../header/probe.js';
import { cropBitmap, fitInto, flattenBitmap, resizeBitmap, type Size, turnUpright } from './geometry.js';
import type { Bitmap } from './jpeg/decode.js';
import { jpegFormat } from './jpeg-format.js';
import { webpFormat } from './webp-format.js';

const jpeg = jpegFormat();
const webp = webpFormat();

/** jimp with codecs of our choice: its own for JPEG takes most of its time, and it has none for WebP. */
const Jimp = createJimp({ formats: [jpegFormat, webpFormat, png, gif, bmp, msBmp, tiff], plugins: [] });

export async function renderThumbnail(input: Buffer, options: ThumbnailOptions): Promise<Thumbnail> {
  const header = readHeader(input);
  const orientation = options.upright ? header.orientation : 1;
  const { resized, shown } = fitInto(sizeAs(header, orientation), options);
  const small = await decodeTo(input, header, resized, orientation);
  const cropped = cropBitmap(small, shown);
  // JPEG has no transparency; black is what every other encoder lays it on.
  const background = options.background ?? (options.format === 'jpeg' ? '#000000' : undefined);
  const laid = background === undefined ? cropped : flattenBitmap(cropped, background);
  const bytes = await encode(laid, options);
  return { bytes, contentType: `image/${options.format}`, widthPx: laid.width, heightPx: laid.height };
}

export async function decodePixels(input: Buffer, maxSidePx: number, upright: boolean): Promise<DecodedPixels> {
  const header = readHeader(input);
  const orientation = upright ? header.orientation : 1;
  const box = {
    widthPx: maxSidePx,
    heightPx: maxSidePx,
    fit: 'inside',
    format: 'png',
    quality: 1,
    upright,
  } as const;
  const { resized } = fitInto(sizeAs(header, orientation), box);
  const { data, width, height } = await decodeTo(input, header, resized, orientation);
  return { data, channels: 4, widthPx: width, heightPx: height };
}

export async function encodePixels(
  { data, channels, widthPx, heightPx }: DecodedPixels,
  options: Pick<ThumbnailOptions, 'format' | 'quality'>,
): Promise<Thumbnail> {
  const rgba = Buffer.alloc(widthPx * heightPx * 4, 255);
  for (let i = 0; i < widthPx * heightPx; i++) {
    for (let c = 0; c < channels; c++) rgba[i * 4 + c] = data[i * channels + c] ?? 0;
  }
  const bytes = await encode({ data: rgba, width: widthPx, height: heightPx }, options);
  return { bytes, contentType: `image/${options.format}`, widthPx, heightPx };
}

function sizeAs({ widthPx, heightPx }: ImageHeader, orientation: number): Size {
  return swapsSides(orientation) ? { width: heightPx, height: widthPx } : { width: widthPx, height: heightPx };
}

/** Decodes, shrinks and then turns: so only what is small is ever turned. */
async function decodeTo(input: Buffer, header: ImageHeader, size: Size, orientation: number): Promise<Bitmap> {
  const stored = swapsSides(orientation) ? { width: size.height, height: size.width } : size;
  return turnUpright(resizeBitmap(await decodeStored(input, header.contentType, stored), stored), orientation);
}

/** JPEG and WebP by our codecs directly: `fromBuffer` would turn a JPEG by its EXIF data whether asked to or not. */
async function decodeStored(input: Buffer, contentType: string, size: Size): Promise<Bitmap> {
  if (contentType === 'image/jpeg') return jpeg.decode(input, { size });
  if (contentType === 'image/webp') return await webp.decode(input);
  const { bitmap } = await Jimp.fromBuffer(input);
  return bitmap;
}

async function encode(
  bitmap: Bitmap,
  { format, quality }: Pick<ThumbnailOptions, 'format' | 'quality'>,
): Promise<Buffer> {
  // Not `fromBitmap`: of a small buffer it takes the whole pool that the buffer lies in.
  const image = new Jimp(bitmap);
  if (format === 'png') return await image.getBuffer('image/png', { deflateLevel: 6 });
  return format === 'jpeg'
    ? await image.getBuffer('image/jpeg', { quality })
    : await image.getBuffer('image/webp', { quality });
}
