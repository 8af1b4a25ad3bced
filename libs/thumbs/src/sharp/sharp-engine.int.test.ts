import sharp from 'sharp';
import { expect, test } from 'vitest';
import { thumbnailOptions } from '../options.js';
import { createSharpEngine } from './sharp-engine.js';

const engine = createSharpEngine();

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
