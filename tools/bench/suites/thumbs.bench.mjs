// Thumbnails of photos: our two engines, libvips' own program, sharp called by hand, and jimp as it comes. By CPU, user
// and system together, as the kernel only estimates how it is split.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_THUMBNAIL } from '@datavis/thumbs';

const PHOTOS = 400;
const LARGE = 24;

/** Noise of the sensor is mostly in the brightness: what a camera has of it in the colours, it smooths away. */
const greyNoise = (picture) => picture.greyscale().toColourspace('srgb');

/**
 * Photo-like pictures: shapes of every size with grain. As those of COCO are, by a sample of them: colours in full
 * (4:4:4), quality 96 or 90, 4.4 bits a pixel, about each second one with an sRGB profile.
 */
async function makePhotos(folder, count, width, height) {
  const { default: sharp } = await import('sharp');
  mkdirSync(folder, { recursive: true });
  const layer = async (scale, sigma, toned = (picture) => picture) => {
    const noise = sharp({
      create: {
        width: Math.ceil(width / scale),
        height: Math.ceil(height / scale),
        channels: 3,
        background: 'grey',
        noise: { type: 'gaussian', mean: 128, sigma },
      },
    });
    const small = await toned(noise).png({ compressionLevel: 1 }).toBuffer();
    return sharp(small)
      .resize(width, height, { fit: 'fill', kernel: 'cubic' })
      .png({ compressionLevel: 1 })
      .toBuffer();
  };
  for (let i = 0; i < count; i++) {
    const layers = await Promise.all([layer(12, 60), layer(3, 40, greyNoise), layer(1, 12, greyNoise)]);
    const photo = sharp(await layer(60, 70)).composite(layers.map((input) => ({ input, blend: 'soft-light' })));
    const profiled = i % 2 === 0 ? photo.withIccProfile('srgb') : photo;
    await profiled
      .jpeg({ quality: i % 3 === 2 ? 90 : 96, chromaSubsampling: '4:4:4' })
      .toFile(join(folder, `${i}.jpg`));
  }
}

/**
 * The same photos at 12 MP as phones write them: colours halved (4:2:0), no profile, and so much grain that a file has
 * the 2.5 to 4 MB that their makers name; with less of it a decoder would have next to nothing to do.
 */
async function enlargePhotos(folder, count, photos) {
  const { default: sharp } = await import('sharp');
  mkdirSync(folder, { recursive: true });
  for (const name of readdirSync(photos).slice(0, count)) {
    const noise = { type: 'gaussian', mean: 128, sigma: 12 };
    const grain = greyNoise(
      sharp({ create: { width: 4000, height: 3000, channels: 3, background: 'grey', noise } }),
    );
    const photo = sharp(join(photos, name)).resize(4000, 3000, { fit: 'fill', kernel: 'cubic' });
    await photo
      .composite([{ input: await grain.png({ compressionLevel: 0 }).toBuffer(), blend: 'soft-light' }])
      .jpeg({ quality: 92, chromaSubsampling: '4:2:0' })
      .toFile(join(folder, name));
  }
}

function vipsthumbnail(label, folder, out) {
  const missing =
    spawnSync('vipsthumbnail', ['--vips-version']).status === 0
      ? undefined
      : 'vipsthumbnail is not installed (Debian: libvips-tools)';
  const files = missing ? [] : readdirSync(folder).map((name) => join(folder, name));
  const target = join(out, `%s.webp[Q=${DEFAULT_THUMBNAIL.quality},effort=2]`);
  const command = ['vipsthumbnail', ...files, '--size', '256x256', '-o', target];
  return { name: `vipsthumbnail, ${label}`, command, missing, before: () => mkdirSync(out, { recursive: true }) };
}

function own(name, label, folder) {
  return {
    name: `${name}, ${label}`,
    command: ['node', 'tools/bench/workers/thumbs.mjs', name, folder],
    env: { MALLOC_ARENA_MAX: '2' },
    timeoutMs: 600_000,
    verify(stdout) {
      const { images, meanBytes } = JSON.parse(stdout.trim().split('\n').at(-1)).metrics;
      if (images !== readdirSync(folder).length || meanBytes < 500) throw new Error(`${name} made nothing`);
    },
  };
}

const likeness = (engine, label, folder) => ({
  name: `likeness of ${engine}, ${label}`,
  command: ['node', 'tools/bench/workers/thumbs-likeness.mjs', engine, folder],
  rounds: 1,
});

/** @type {import('../types.js').BenchSuite} */
export const suite = {
  title: `256 px thumbnails of ${PHOTOS} photos of 640 x 480 and ${LARGE} of 12 MP; CPU of all of them, start-up left out but for vipsthumbnail`,
  async contenders({ cached }) {
    const small = await cached(`photos-640-444-${PHOTOS}`, (path) => makePhotos(path, PHOTOS, 640, 480));
    const large = await cached(`photos-4000-luma-grain-${LARGE}`, (path) => enlargePhotos(path, LARGE, small));
    const out = join(tmpdir(), 'datavis-bench-thumbs');
    return [
      ['COCO', small],
      ['12 MP', large],
    ].flatMap(([label, folder]) => [
      own('sharp', label, folder),
      own('sharp-by-hand', label, folder),
      // What no encoder could save: libvips reading and shrinking, with nothing written.
      own('sharp-read-only', label, folder),
      vipsthumbnail(label, folder, out),
      own('portable', label, folder),
      own('stock-jimp', label, folder),
      likeness('sharp', label, folder),
      likeness('portable', label, folder),
    ]);
  },
  claims: [
    { of: 'sharp, COCO', to: 'vipsthumbnail, COCO', metric: 'renderCpuMs', toMetric: 'cpuMs', atMost: 0.9 },
    { of: 'sharp, COCO', to: 'sharp-by-hand, COCO', metric: 'renderCpuMs', atMost: 1.1 },
    { of: 'portable, COCO', to: 'stock-jimp, COCO', metric: 'renderCpuMs', atMost: 0.25 },
    { of: 'sharp, 12 MP', to: 'vipsthumbnail, 12 MP', metric: 'renderCpuMs', toMetric: 'cpuMs', atMost: 0.6 },
    { of: 'portable, 12 MP', to: 'stock-jimp, 12 MP', metric: 'renderCpuMs', atMost: 0.125 },
    ...['COCO', '12 MP'].flatMap((label) =>
      ['sharp', 'portable'].map((engine) => ({
        of: `likeness of ${engine}, ${label}`,
        metric: 'leastSsim',
        atLeast: 0.965,
      })),
    ),
  ],
};
