import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ThumbnailEngine, ThumbnailOptions } from '@datavis/plugin-sdk';
import { describeCorpus } from '@datavis/test-kit';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bundle } from '../testing/bundle.js';
import { ssim } from '../testing/ssim.js';
import { createJimpEngine } from './jimp/index.js';
import { thumbnailOptions } from './options.js';
import { createSharpEngine } from './sharp/index.js';

const engines = new Map<string, ThumbnailEngine>();
beforeAll(async () => {
  const worker = await bundle(new URL('./jimp/worker.ts', import.meta.url), 'exif-worker');
  engines.set('jimp', createJimpEngine({ worker }));
  engines.set('sharp', createSharpEngine());
}, 60_000);
afterAll(async () => {
  for (const engine of engines.values()) await engine.close();
});

describeCorpus('EXIF orientation examples', (dir) => {
  const folder = join(dir, 'fixtures', 'recurser__exif-orientation-examples');

  test.each(['sharp', 'jimp'])('%s: all 16 upright, equal to the one that was stored upright', async (name) => {
    const engine = engines.get(name) as ThumbnailEngine;
    for (const shape of ['Landscape', 'Portrait']) {
      // The files are 8 prints of one picture; number 1 has the orientation that needs no turn.
      const wanted = await engine.decode(readFileSync(join(folder, `${shape}_1.jpg`)), 200, true);
      for (let i = 2; i <= 8; i++) {
        const found = await engine.decode(readFileSync(join(folder, `${shape}_${i}.jpg`)), 200, true);
        expect([found.widthPx, found.heightPx]).toEqual([wanted.widthPx, wanted.heightPx]);
        const likeness = ssim(rgb(found), rgb(wanted), wanted.widthPx, wanted.heightPx);
        // Each file has its number painted on it, so that they are not quite equal; turned wrongly it is below .5.
        expect([shape, i, likeness > 0.8]).toEqual([shape, i, true]);
      }
    }
  });
});

describeCorpus('photos of COCO', (dir) => {
  function photos(): string[] {
    return ['train2017', 'val2017'].flatMap((split) => {
      const folder = join(dir, 'coco-sample', split);
      const names = readdirSync(folder).filter((name) => name.endsWith('.jpg'));
      return names.map((name) => join(folder, name));
    });
  }

  /** SSIM of each photo's thumbnail to a full decode and Lanczos3. */
  async function likenesses(name: string, options: Partial<ThumbnailOptions>): Promise<number[]> {
    const engine = engines.get(name) as ThumbnailEngine;
    const found: number[] = [];
    for (const photo of photos()) {
      const bytes = readFileSync(photo);
      // The portable engine knows no colour profiles.
      const full = await sharp(bytes, { ignoreIcc: name === 'jimp' })
        .toColourspace('srgb')
        .raw()
        .toBuffer({ resolveWithObject: true });
      const { data, info } = await sharp(full.data, { raw: full.info })
        .resize(256, 256, { fit: 'inside', kernel: 'lanczos3' })
        .raw()
        .toBuffer({ resolveWithObject: true });
      const made = await engine.render(bytes, thumbnailOptions(options));
      const ours = await sharp(made.bytes).removeAlpha().toColourspace('srgb').raw().toBuffer();
      found.push(ssim(ours, data, info.width, info.height));
    }
    return found;
  }

  test.each(['sharp', 'jimp'])('%s: before compression, SSIM .965 and more of each', async (name) => {
    expect(photos().length).toBeGreaterThan(20);
    expect(Math.min(...(await likenesses(name, { format: 'png' })))).toBeGreaterThan(0.965);
  });

  test.each(['sharp', 'jimp'])(
    '%s: as served with default options, SSIM .965 and more in the mean',
    async (name) => {
      const found = await likenesses(name, {});
      expect(found.reduce((sum, each) => sum + each, 0) / found.length).toBeGreaterThan(0.965);
    },
  );
});

function rgb({ data, channels }: { data: Uint8Array; channels: number }): Uint8Array {
  const out = new Uint8Array((data.length / channels) * 3);
  for (let i = 0; i < out.length / 3; i++) out.set(data.subarray(i * channels, i * channels + 3), i * 3);
  return out;
}
