import type { ThumbnailOptions } from '@datavis/plugin-sdk';
import sharp from 'sharp';
import { afterAll, describe, expect, test } from 'vitest';
import { cornerNames, scene, storedAs, withOrientation } from '../../testing/pictures.js';
import { ssim } from '../../testing/ssim.js';
import { readHeader } from '../header/probe.js';
import { thumbnailOptions } from '../options.js';
import { JpegShrinker } from './jpeg-shrinker.js';
import { createSharpEngine } from './sharp-engine.js';

const engine = createSharpEngine();
const shrinker = new JpegShrinker({ worker: undefined, concurrency: 1, timeoutMs: 20_000 });
afterAll(async () => {
  await engine.close();
  await shrinker.close();
});

const WIDTH = 1203;
const HEIGHT = 901;
const photo = scene(WIDTH, HEIGHT);
const jpeg = await photo.clone().jpeg({ quality: 92 }).toBuffer();
const small = (options: Partial<ThumbnailOptions> = {}) =>
  thumbnailOptions({ widthPx: 150, heightPx: 150, format: 'png', ...options });
const eighth = (input: Buffer, options = small()) => shrinker.read(input, readHeader(input), options, {});

describe('what is read by its means', () => {
  test.each([
    ['4:2:0', { quality: 92 }],
    ['4:4:4', { quality: 100, chromaSubsampling: '4:4:4' }],
    ['its own Huffman tables', { quality: 80, optimiseCoding: true }],
  ] as const)('%s: one pixel for each 8 x 8 of the full picture', async (_, options) => {
    const input = await photo.clone().jpeg(options).toBuffer();
    const read = await eighth(input);
    expect([read?.width, read?.height]).toEqual([Math.ceil(WIDTH / 8), Math.ceil(HEIGHT / 8)]);
    const full = await sharp(input).raw().toBuffer();
    const luma = (data: Uint8Array | Uint8ClampedArray, pixel: number): number =>
      0.299 * (data[pixel * 3] ?? 0) + 0.587 * (data[pixel * 3 + 1] ?? 0) + 0.114 * (data[pixel * 3 + 2] ?? 0);
    for (const [x, y] of [
      [3, 7],
      [77, 50],
      [149, 111],
    ] as const) {
      let sum = 0;
      for (let i = 0; i < 64; i++) sum += luma(full, (y * 8 + (i >> 3)) * WIDTH + x * 8 + (i & 7));
      expect(Math.abs(luma(read?.data ?? new Uint8Array(0), y * 151 + x) - sum / 64)).toBeLessThan(2);
    }
  });

  test('grey, and with an sRGB profile', async () => {
    for (const picture of [photo.clone().greyscale(), photo.clone().withIccProfile('srgb')]) {
      expect(await eighth(await picture.jpeg().toBuffer())).toBeDefined();
    }
  });
});

describe('what stays with libvips', () => {
  test.each([
    ['progressive', () => photo.clone().jpeg({ progressive: true }).toBuffer()],
    ['CMYK', () => photo.clone().toColourspace('cmyk').jpeg().toBuffer()],
    ['another colour profile', () => photo.clone().withIccProfile('p3').jpeg().toBuffer()],
    ['PNG', () => photo.clone().png().toBuffer()],
    ['cut in the middle', () => Promise.resolve(jpeg.subarray(0, jpeg.length >> 1))],
    ['cut before its data', () => Promise.resolve(jpeg.subarray(0, jpeg.indexOf(Buffer.from([0xff, 0xda]))))],
  ])('%s', async (_, make) => {
    expect(await eighth(await make())).toBeUndefined();
  });

  test('what is shrunk by less than eight', async () => {
    expect(await eighth(jpeg, small({ widthPx: 151, heightPx: 151 }))).toBeUndefined();
  });
});

test('a cut file is told as libvips tells it', async () => {
  await expect(engine.render(jpeg.subarray(0, jpeg.length >> 1), small())).rejects.toMatchObject({
    code: 'DATAVIS_THUMBS_CORRUPT',
  });
});

test('a worker that does not start leaves the picture to libvips', async () => {
  const without = createSharpEngine({ jpegWorker: new URL('./no-such-worker.js', import.meta.url) });
  const made = await without.render(jpeg, small());
  expect(await cornerNames(made.bytes)).toEqual(['red', 'green', 'blue', 'white']);
  await without.close();
});

test('an abort before it begins is passed through', async () => {
  const reason = new Error('gone');
  await expect(engine.render(jpeg, small(), { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
});

test.each([1, 2, 3, 4, 5, 6, 7, 8])('orientation %i: upright if asked, else as stored', async (orientation) => {
  const input = await withOrientation(await storedAs(photo, orientation), orientation);
  expect(await eighth(input)).toBeDefined();
  const made = await engine.render(input, small());
  expect([made.widthPx, made.heightPx]).toEqual([150, 112]);
  expect(await cornerNames(made.bytes)).toEqual(['red', 'green', 'blue', 'white']);
  const stored = await engine.render(input, small({ upright: false }));
  expect([stored.widthPx, stored.heightPx]).toEqual(orientation >= 5 ? [112, 150] : [150, 112]);
});

test('each fit has the size and the part of the picture that libvips gives it', async () => {
  for (const fit of ['inside', 'cover', 'fill'] as const) {
    const options = small({ widthPx: 100, heightPx: 80, fit });
    const made = await engine.render(jpeg, options);
    const { data, info } = await sharp(await sharp(jpeg).png().toBuffer())
      .resize(100, 80, { fit })
      .raw()
      .toBuffer({ resolveWithObject: true });
    expect([made.widthPx, made.heightPx]).toEqual([info.width, info.height]);
    const ours = await sharp(made.bytes).removeAlpha().raw().toBuffer();
    expect(ssim(ours, data, info.width, info.height)).toBeGreaterThan(0.965);
  }
});
