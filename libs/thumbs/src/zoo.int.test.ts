import { deflateSync } from 'node:zlib';
import type { ThumbnailEngine } from '@datavis/plugin-sdk';
import sharp, { type Sharp } from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bundle } from '../testing/bundle.js';
import { cornerColours, cornerNames, scene } from '../testing/pictures.js';
import { createThumbnailer, type Thumbnailer } from './index.js';
import { createJimpEngine } from './jimp/index.js';
import { createSharpEngine } from './sharp/index.js';

/**
 * What a picture may do: give a thumbnail with the corners of the scene, or with their brightness, or the first frame of
 * an animation; or one of these errors.
 */
type Outcome = 'right' | 'brightness' | 'first frame' | readonly string[];
type Expectation = Outcome | { readonly sharp: Outcome; readonly jimp: Outcome };

const CORRUPT = 'DATAVIS_THUMBS_CORRUPT';
const UNSUPPORTED = 'DATAVIS_THUMBS_UNSUPPORTED';
const TOO_LARGE = 'DATAVIS_THUMBS_TOO_LARGE';

const FIRST_FRAME = 200;

const photo = scene(640, 400);
const jpeg = await photo.clone().jpeg({ quality: 95 }).toBuffer();
const png = await photo.clone().png().toBuffer();
const webp = await photo.clone().webp().toBuffer();

/** A PNG whose header promises pixels that its few bytes hold as zeros. */
function bomb(width: number, height: number): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 0, 0, 0, 0], 8);
  const rows = deflateSync(Buffer.alloc(Math.min(50_000_000, (width + 1) * height)), { level: 9 });
  const chunk = (name: string, data: Buffer): Buffer => {
    const out = Buffer.alloc(12 + data.length);
    out.writeUInt32BE(data.length, 0);
    out.write(name, 4, 'latin1');
    out.set(data, 8);
    return out;
  };
  return Buffer.concat([
    png.subarray(0, 8),
    chunk('IHDR', header),
    chunk('IDAT', rows),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function jpegOfSize(width: number, height: number): Buffer {
  const out = Buffer.from(jpeg);
  const frame = out.indexOf(Buffer.from([0xff, 0xc0]));
  out.writeUInt16BE(height, frame + 5);
  out.writeUInt16BE(width, frame + 7);
  return out;
}

const zoo: Record<string, readonly [Buffer, Expectation]> = {
  'progressive JPEG': [await photo.clone().jpeg({ progressive: true, quality: 95 }).toBuffer(), 'right'],
  'grey JPEG': [await photo.clone().greyscale().jpeg().toBuffer(), 'brightness'],
  'CMYK JPEG': [await photo.clone().toColourspace('cmyk').jpeg({ quality: 95 }).toBuffer(), 'brightness'],
  'JPEG with junk before its end': [
    Buffer.concat([jpeg.subarray(0, -2), Buffer.from('junk'), jpeg.subarray(-2)]),
    'right',
  ],
  'JPEG with a ZIP behind it': [Buffer.concat([jpeg, Buffer.from('PK\u0003\u0004 and more')]), 'right'],
  'JPEG with HTML in a comment': [withComment('<script>alert(1)</script>'), 'right'],
  'JPEG cut in the middle': [jpeg.subarray(0, jpeg.length >> 1), [CORRUPT]],
  'JPEG cut in its header': [jpeg.subarray(0, 100), [CORRUPT]],
  'JPEG that promises 60,000 x 60,000': [jpegOfSize(60_000, 60_000), [TOO_LARGE]],
  '16-bit PNG': [await photo.clone().toColourspace('rgb16').png().toBuffer(), 'right'],
  'interlaced PNG': [await photo.clone().png({ progressive: true }).toBuffer(), 'right'],
  'palette PNG': [await photo.clone().png({ palette: true }).toBuffer(), 'right'],
  '1-bit PNG': [
    await photo.clone().greyscale().threshold().png({ palette: true, colours: 2 }).toBuffer(),
    'brightness',
  ],
  'PNG cut in the middle': [png.subarray(0, png.length >> 1), [CORRUPT]],
  'PNG bomb of 30,000 x 30,000': [bomb(30_000, 30_000), [TOO_LARGE]],
  'WebP cut in the middle': [webp.subarray(0, webp.length >> 1), [CORRUPT]],
  'animated GIF': [await animated().gif().toBuffer(), 'first frame'],
  'animated WebP': [await animated().webp().toBuffer(), { sharp: 'first frame', jimp: [UNSUPPORTED] }],
  'GIF of 1,001 frames': [await frames(1_001, 2).gif().toBuffer(), [TOO_LARGE]],
  'LZW TIFF': [await photo.clone().tiff({ compression: 'lzw' }).toBuffer(), 'right'],
  'deflate TIFF with a predictor': [await photo.clone().tiff({ compression: 'deflate' }).toBuffer(), 'right'],
  '16-bit TIFF': [await photo.clone().toColourspace('rgb16').tiff({ compression: 'lzw' }).toBuffer(), 'right'],
  '1-bit TIFF': [await photo.clone().greyscale().threshold().tiff({ bitdepth: 1 }).toBuffer(), 'brightness'],
  'zero bytes': [Buffer.alloc(0), [CORRUPT]],
  'a megabyte of zeros': [Buffer.alloc(1_000_000), [UNSUPPORTED]],
  'SVG named .jpg': [Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'), [UNSUPPORTED]],
  'SVG behind white space': [Buffer.from('\n\n  <svg xmlns="http://www.w3.org/2000/svg"/>'), [UNSUPPORTED]],
  'PDF named .png': [Buffer.from('%PDF-1.7\n1 0 obj'), [UNSUPPORTED]],
  'HTML named .webp': [Buffer.from('<!doctype html><p>not found</p>'), [UNSUPPORTED]],
};

function withComment(text: string): Buffer {
  const comment = Buffer.concat([Buffer.from([0xff, 0xfe, 0, text.length + 2]), Buffer.from(text)]);
  return Buffer.concat([jpeg.subarray(0, 2), comment, jpeg.subarray(2)]);
}

function animated(): Sharp {
  return frames(3, 64);
}

/** An animation of square frames, each of another grey; the first is the only light one. */
function frames(count: number, sidePx: number): Sharp {
  const data = Buffer.alloc(sidePx * sidePx * 3 * count, FIRST_FRAME);
  for (let i = 1; i < count; i++) data.fill(30 + (i % 2) * 100, sidePx * sidePx * 3 * i);
  return sharp(data, { raw: { width: sidePx, height: sidePx * count, channels: 3, pageHeight: sidePx } });
}

const engines = new Map<string, ThumbnailEngine>();
beforeAll(async () => {
  const worker = await bundle(new URL('./jimp/worker.ts', import.meta.url), 'zoo-worker');
  engines.set('jimp', createJimpEngine({ worker, concurrency: 1 }));
  engines.set('sharp', createSharpEngine({ concurrency: 1 }));
}, 60_000);

describe.each(['sharp', 'jimp'] as const)('the zoo before engine %s', (name) => {
  let thumbnailer: Thumbnailer;
  beforeAll(async () => {
    const engine = engines.get(name);
    if (engine === undefined) throw new Error(name);
    thumbnailer = createThumbnailer({ engine });
    await thumbnailer.get({ identity: 'warm-up', read: () => Promise.resolve(jpeg) });
  });
  afterAll(async () => {
    await thumbnailer.close();
  });

  test.each(Object.entries(zoo))(
    'acceptance 42: %s',
    async (title, [bytes, expectation]) => {
      const expected = outcome(expectation, name);
      const before = process.memoryUsage().rss;
      const cpu = process.cpuUsage();
      const call = thumbnailer.get({ identity: title, read: () => Promise.resolve(bytes) }, { quality: 95 });
      if (typeof expected !== 'string') {
        await expect(call).rejects.toMatchObject({ code: expect.stringMatching(expected.join('|')) as string });
        expect(cpuMs(cpu)).toBeLessThan(1000);
      } else {
        const made = await call;
        expect(cpuMs(cpu)).toBeLessThan(1000);
        expect(await sharp(made.bytes).metadata()).toMatchObject({ width: made.widthPx, height: made.heightPx });
        await expectShown(made.bytes, expected);
      }
      expect(process.memoryUsage().rss - before).toBeLessThan(300 * 1024 * 1024);
    },
    5000,
  );
});

async function expectShown(bytes: Uint8Array, expected: string): Promise<void> {
  if (expected === 'right') {
    expect(await cornerNames(bytes)).toEqual(['red', 'green', 'blue', 'white']);
    return;
  }
  const [red = 0, green = 0, blue = 0, white = 0] = (await cornerColours(bytes)).map(
    ([r, g, b]) => 0.299 * r + 0.587 * g + 0.114 * b,
  );
  if (expected === 'first frame') {
    for (const luma of [red, green, blue, white]) expect(Math.abs(luma - FIRST_FRAME)).toBeLessThan(8);
    return;
  }
  // Of grey, of one bit, and of ink: the light corners are light, the dark ones dark.
  expect([white > 230, blue < 90]).toEqual([true, true]);
  expect([white + 1 >= green, green + 1 >= red, red + 1 >= blue]).toEqual([true, true, true]);
}

/** CPU of the process and all its threads: on a busy machine, the clock would measure the others. */
function cpuMs(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1000;
}

function outcome(expectation: Expectation, engine: 'sharp' | 'jimp'): Outcome {
  return typeof expectation === 'object' && 'jimp' in expectation ? expectation[engine] : expectation;
}

describe('workers of the portable engine', () => {
  test('one that takes too long is ended, and the next picture is made', async () => {
    const worker = await bundle(new URL('../testing/slow-worker.ts', import.meta.url), 'slow-worker');
    const engine = createJimpEngine({ worker, concurrency: 1, timeoutMs: 5000 });
    const options = {
      widthPx: 64,
      heightPx: 64,
      fit: 'inside',
      format: 'webp',
      quality: 75,
      upright: true,
    } as const;
    await expect(engine.render(jpeg, { ...options, quality: 1 })).rejects.toMatchObject({
      code: 'DATAVIS_THUMBS_TIMEOUT',
    });
    expect(await engine.render(jpeg, options)).toMatchObject({ widthPx: 64 });
    await engine.close();
  }, 30_000);

  test('one that dies, or runs out of memory, is replaced, and the picture gets a typed error', async () => {
    const worker = await bundle(new URL('../testing/slow-worker.ts', import.meta.url), 'dying-worker');
    const engine = createJimpEngine({ worker, concurrency: 1, maxHeapMb: 32 });
    const options = {
      widthPx: 64,
      heightPx: 64,
      fit: 'inside',
      format: 'webp',
      quality: 75,
      upright: true,
    } as const;
    for (const quality of [2, 3]) {
      await expect(engine.render(jpeg, { ...options, quality })).rejects.toMatchObject({
        code: 'DATAVIS_THUMBS_CRASHED',
      });
      expect(await engine.render(jpeg, options)).toMatchObject({ widthPx: 64 });
    }
    await engine.close();
  }, 30_000);
});
