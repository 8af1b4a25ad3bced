import type { DecodedPixels, Thumbnail, ThumbnailOptions } from '@datavis/plugin-sdk';
import { createJimp } from '@jimp/core';
import bmp, { msBmp } from '@jimp/js-bmp';
import gif from '@jimp/js-gif';
import png from '@jimp/js-png';
import tiff from '@jimp/js-tiff';
import { readHeader } from '../header/probe.js';
import type { Size } from './geometry.js';
import type { Bitmap } from './jpeg/decode.js';
import { jpegFormat } from './jpeg-format.js';
import { type ShowOptions, showPicture } from './show.js';
import { webpFormat } from './webp-format.js';

const jpeg = jpegFormat();
const webp = webpFormat();

/** jimp with codecs of our choice: its own for JPEG takes most of its time, and it has none for WebP. */
const Jimp = createJimp({ formats: [jpegFormat, webpFormat, png, gif, bmp, msBmp, tiff], plugins: [] });

export async function renderThumbnail(input: Buffer, options: ThumbnailOptions): Promise<Thumbnail> {
  // JPEG has no transparency; black is what every other encoder lays it on.
  const background = options.background ?? (options.format === 'jpeg' ? '#000000' : undefined);
  const shown = await show(input, { ...options, background });
  const bytes = await encode(shown, options);
  return { bytes, contentType: `image/${options.format}`, widthPx: shown.width, heightPx: shown.height };
}

export async function decodePixels(input: Buffer, options: ShowOptions): Promise<DecodedPixels> {
  const { data, width, height } = await show(input, options);
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

async function show(input: Buffer, options: ShowOptions): Promise<Bitmap> {
  const header = readHeader(input);
  return await showPicture(header, options, (size) => decodeStored(input, header.contentType, size));
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
