import sharp from 'sharp';
import { expect, test } from 'vitest';
import { cornerNames, scene, storedAs, withOrientation } from '../../testing/pictures.js';
import { thumbnailOptions } from '../options.js';
import { createSharpEngine } from './sharp-engine.js';

const engine = createSharpEngine();
const upright = ['red', 'green', 'blue', 'white'];

test.each(engine.outputFormats)('writes %s', async (format) => {
  const input = await scene(300, 200).jpeg({ quality: 95 }).toBuffer();
  const made = await engine.render(input, thumbnailOptions({ widthPx: 120, heightPx: 120, format }));
  expect(made).toMatchObject({ contentType: `image/${format}`, widthPx: 120, heightPx: 80 });
  expect(await cornerNames(made.bytes)).toEqual(upright);
});

test('fit: inside never enlarges, cover crops, fill distorts', async () => {
  const input = await scene(100, 50).png().toBuffer();
  const size = async (options: Parameters<typeof thumbnailOptions>[0]) => {
    const { widthPx, heightPx } = await engine.render(input, thumbnailOptions(options));
    return [widthPx, heightPx];
  };
  expect(await size({ widthPx: 400, heightPx: 400 })).toEqual([100, 50]);
  expect(await size({ widthPx: 40, heightPx: 40, fit: 'cover' })).toEqual([40, 40]);
  expect(await size({ widthPx: 400, heightPx: 400, fit: 'fill' })).toEqual([400, 400]);
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

test('transparency is kept, or laid on the background that is asked for', async () => {
  const input = await sharp({ create: { width: 20, height: 20, channels: 4, background: '#ff000000' } })
    .png()
    .toBuffer();
  const clear = await engine.render(input, thumbnailOptions({ format: 'png' }));
  expect((await sharp(clear.bytes).stats()).channels[3]?.max).toBe(0);
  const laid = await engine.render(input, thumbnailOptions({ format: 'png', background: '#0000ff' }));
  expect((await cornerNames(laid.bytes))[0]).toBe('blue');
});

test('decode gives eight-bit pixels, also of grey and 16-bit pictures', async () => {
  const grey = await scene(90, 60).greyscale().jpeg().toBuffer();
  const deep = await scene(90, 60).toColourspace('rgb16').png().toBuffer();
  for (const input of [grey, deep]) {
    const pixels = await engine.decode(input, 30, true);
    expect(pixels).toMatchObject({ channels: 3, widthPx: 30, heightPx: 20 });
    expect(pixels.data).toHaveLength(30 * 20 * 3);
  }
});

test('a colour profile other than sRGB is converted, sRGB is left alone', async () => {
  const red = sharp({ create: { width: 64, height: 64, channels: 3, background: '#c80000' } });
  const wide = await red.clone().withIccProfile('p3').jpeg({ quality: 100 }).toBuffer();
  const plain = await red.clone().withIccProfile('srgb').jpeg({ quality: 100 }).toBuffer();
  for (const input of [wide, plain]) {
    const { data } = await engine.decode(input, 64, true);
    expect(Math.abs((data[0] ?? 0) - 200)).toBeLessThanOrEqual(4);
  }
});

test('loaders of unwanted formats stay blocked for the whole process', async () => {
  const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>');
  await expect(sharp(svg).png().toBuffer()).rejects.toThrow();
  await expect(engine.render(svg, thumbnailOptions())).rejects.toMatchObject({
    code: 'DATAVIS_THUMBS_UNSUPPORTED',
  });
});
