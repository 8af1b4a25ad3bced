import type { ThumbnailEngine } from '@datavis/plugin-sdk';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bundle } from '../testing/bundle.js';
import { cornerNames, scene, storedAs, withOrientation } from '../testing/pictures.js';
import { ssim } from '../testing/ssim.js';
import { createJimpEngine } from './jimp/index.js';
import { thumbnailOptions } from './options.js';
import { createSharpEngine } from './sharp/index.js';

const upright = ['red', 'green', 'blue', 'white'];
const engines = new Map<string, ThumbnailEngine>();

beforeAll(async () => {
  const worker = await bundle(new URL('./jimp/worker.ts', import.meta.url), 'worker');
  engines.set('jimp', createJimpEngine({ worker }));
  engines.set('sharp', createSharpEngine());
}, 60_000);
afterAll(async () => {
  for (const engine of engines.values()) await engine.close();
});

describe.each(['sharp', 'jimp'])('engine %s', (name) => {
  let engine: ThumbnailEngine;
  beforeAll(() => {
    engine = engines.get(name) as ThumbnailEngine;
  });

  test('writes each of its formats', async () => {
    const input = await scene(300, 200).jpeg({ quality: 95 }).toBuffer();
    for (const format of engine.outputFormats) {
      const made = await engine.render(input, thumbnailOptions({ widthPx: 120, heightPx: 120, format }));
      expect(made).toMatchObject({ contentType: `image/${format}`, widthPx: 120, heightPx: 80 });
      expect(await cornerNames(made.bytes)).toEqual(upright);
      expect(await sharp(made.bytes).metadata()).toMatchObject({ width: 120, height: 80 });
    }
  });

  test('reads each of its types', async () => {
    const picture = scene(300, 200);
    const files: Record<string, Buffer> = {
      'image/jpeg': await picture.clone().jpeg({ quality: 95 }).toBuffer(),
      'image/png': await picture.clone().png().toBuffer(),
      'image/webp': await picture.clone().webp({ quality: 95 }).toBuffer(),
      'image/gif': await picture.clone().gif().toBuffer(),
      'image/tiff': await picture.clone().tiff({ compression: 'lzw' }).toBuffer(),
      'image/avif': await picture.clone().avif({ effort: 0, quality: 80 }).toBuffer(),
      'image/bmp': bmp(await picture.clone().raw().toBuffer(), 300, 200),
    };
    for (const type of engine.inputTypes) {
      const made = await engine.render(
        files[type] ?? Buffer.alloc(0),
        thumbnailOptions({ widthPx: 90, heightPx: 90 }),
      );
      expect([type, await cornerNames(made.bytes)]).toEqual([type, upright]);
    }
  });

  test('fit: inside never enlarges, cover crops the middle, fill distorts', async () => {
    const input = await scene(100, 50).png().toBuffer();
    const render = async (options: Parameters<typeof thumbnailOptions>[0]) => {
      const { widthPx, heightPx, bytes } = await engine.render(input, thumbnailOptions(options));
      const { width, height } = await sharp(bytes).metadata();
      expect([width, height]).toEqual([widthPx, heightPx]);
      return [widthPx, heightPx];
    };
    expect(await render({ widthPx: 400, heightPx: 400 })).toEqual([100, 50]);
    expect(await render({ widthPx: 40, heightPx: 40, fit: 'cover' })).toEqual([40, 40]);
    expect(await render({ widthPx: 400, heightPx: 400, fit: 'fill' })).toEqual([400, 400]);
    expect(await render({ widthPx: 33, heightPx: 7 })).toEqual([14, 7]);
    // 25 / (50 / 29) is 14.5, and rounded up; 25 x (29 / 50) is a little less.
    const low = await scene(50, 25).png().toBuffer();
    const made = await engine.render(low, thumbnailOptions({ widthPx: 29, heightPx: 29 }));
    expect([made.widthPx, made.heightPx]).toEqual([29, 15]);
  });

  test.each([1, 2, 3, 4, 5, 6, 7, 8])('orientation %i: upright if asked, else as stored', async (orientation) => {
    const input = await withOrientation(await storedAs(scene(200, 120), orientation), orientation);
    const made = await engine.render(input, thumbnailOptions({ widthPx: 100, heightPx: 100 }));
    expect([made.widthPx, made.heightPx]).toEqual([100, 60]);
    expect(await cornerNames(made.bytes)).toEqual(upright);
    expect((await sharp(made.bytes).metadata()).exif).toBeUndefined();
    const stored = await engine.render(input, thumbnailOptions({ widthPx: 100, heightPx: 100, upright: false }));
    expect([stored.widthPx, stored.heightPx]).toEqual(orientation >= 5 ? [60, 100] : [100, 60]);
  });

  test('orientation in PNG, WebP and TIFF too', async () => {
    const turned = (await storedAs(scene(200, 120), 6)).withMetadata({ orientation: 6 });
    for (const input of [await turned.clone().png().toBuffer(), await turned.clone().webp().toBuffer()]) {
      const made = await engine.render(input, thumbnailOptions({ widthPx: 100, heightPx: 100 }));
      expect([made.widthPx, made.heightPx]).toEqual([100, 60]);
      expect(await cornerNames(made.bytes)).toEqual(upright);
    }
    const tiff = await engine.render(await turned.clone().tiff().toBuffer(), thumbnailOptions());
    expect(await cornerNames(tiff.bytes)).toEqual(upright);
  });

  test('transparency is kept, or laid on the background that is asked for', async () => {
    const clear = { width: 20, height: 20, channels: 4, background: '#ff000000' } as const;
    const input = await sharp({ create: clear }).png().toBuffer();
    for (const format of ['png', 'webp'] as const) {
      const kept = await engine.render(input, thumbnailOptions({ widthPx: 10, heightPx: 10, format }));
      expect((await sharp(kept.bytes).stats()).channels[3]?.max).toBe(0);
    }
    const laid = await engine.render(input, thumbnailOptions({ format: 'png', background: '#0000ff' }));
    expect((await cornerNames(laid.bytes))[0]).toBe('blue');
  });

  test('decode gives eight-bit pixels, also of grey and 16-bit pictures', async () => {
    const grey = await scene(90, 60).greyscale().jpeg().toBuffer();
    const deep = await scene(90, 60).toColourspace('rgb16').png().toBuffer();
    for (const input of [grey, deep]) {
      const pixels = await engine.decode(input, 30, true);
      expect(pixels).toMatchObject({ widthPx: 30, heightPx: 20 });
      expect(pixels.data).toHaveLength(30 * 20 * pixels.channels);
    }
  });

  test.each([
    ['baseline 4:2:0', { quality: 90 }],
    ['baseline 4:4:4', { quality: 90, chromaSubsampling: '4:4:4' }],
    ['progressive', { quality: 90, progressive: true }],
  ] as const)('%s: like a full decode and Lanczos3, SSIM .965 and more', async (_, jpegOptions) => {
    for (const [width, height] of [
      [640, 480],
      [1711, 1203],
      [2560, 1920],
      [255, 300],
    ] as const) {
      const input = await scene(width, height).jpeg(jpegOptions).toBuffer();
      const pixels = await sharp(input).raw().toBuffer({ resolveWithObject: true });
      const { data, info } = await sharp(pixels.data, { raw: pixels.info })
        .resize(256, 256, { fit: 'inside', withoutEnlargement: true, kernel: 'lanczos3' })
        .raw()
        .toBuffer({ resolveWithObject: true });
      const made = await engine.render(input, thumbnailOptions({ format: 'png' }));
      expect([made.widthPx, made.heightPx]).toEqual([info.width, info.height]);
      const ours = await sharp(made.bytes).removeAlpha().raw().toBuffer();
      expect(ssim(ours, data, info.width, info.height)).toBeGreaterThan(0.965);
    }
  });
});

/** Three bytes a pixel, rows from the bottom, each padded to four bytes. */
function bmp(rgb: Buffer, width: number, height: number): Buffer {
  const rowBytes = Math.ceil((width * 3) / 4) * 4;
  const file = Buffer.alloc(54 + rowBytes * height);
  file.write('BM', 'latin1');
  file.writeUInt32LE(file.length, 2);
  file.writeUInt32LE(54, 10);
  file.writeUInt32LE(40, 14);
  file.writeInt32LE(width, 18);
  file.writeInt32LE(height, 22);
  file.writeUInt16LE(1, 26);
  file.writeUInt16LE(24, 28);
  file.writeUInt32LE(rowBytes * height, 34);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = (y * width + x) * 3;
      const to = 54 + (height - 1 - y) * rowBytes + x * 3;
      file[to] = rgb[from + 2] ?? 0;
      file[to + 1] = rgb[from + 1] ?? 0;
      file[to + 2] = rgb[from] ?? 0;
    }
  }
  return file;
}
