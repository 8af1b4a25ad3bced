// Makes a 256 px WebP of every photo in a folder: node thumbs.mjs CONTENDER FOLDER. Counts what came out.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DEFAULT_THUMBNAIL } from '@datavis/thumbs';

const [contender, folder] = process.argv.slice(2);
const files = readdirSync(folder).map((name) => join(folder, name));
const { quality } = DEFAULT_THUMBNAIL;
/** JavaScript is compiled while it runs, in each thread, by the first few photos. */
const WARM_UP = 12;

async function ownEngine(engine) {
  return {
    render: async (file) => (await engine.render(file, DEFAULT_THUMBNAIL)).bytes,
    close: () => engine.close(),
  };
}

const contenders = {
  async sharp() {
    const { createSharpEngine } = await import('@datavis/thumbs/sharp');
    return ownEngine(createSharpEngine());
  },
  async portable() {
    const { createJimpEngine } = await import('@datavis/thumbs/jimp');
    return ownEngine(createJimpEngine({ concurrency: 1 }));
  },
  async 'sharp-by-hand'() {
    const { default: sharp } = await import('sharp');
    const render = (file) =>
      sharp(file).autoOrient().resize(256, 256, { fit: 'inside' }).webp({ quality, effort: 2 }).toBuffer();
    return { render, close() {} };
  },
  async 'sharp-read-only'() {
    const { default: sharp } = await import('sharp');
    const render = (file) =>
      sharp(file, { ignoreIcc: true }).autoOrient().resize(256, 256, { fit: 'inside' }).raw().toBuffer();
    return { render, close() {} };
  },
  // It has no WebP, so it writes what it has.
  async 'stock-jimp'() {
    const { Jimp } = await import('jimp');
    const render = async (file) => {
      const image = await Jimp.fromBuffer(file);
      return await image.scaleToFit({ w: 256, h: 256 }).getBuffer('image/jpeg', { quality: 80 });
    };
    return { render, close() {} };
  },
};

const { render, close } = await contenders[contender]();
/** Two at a time, as on two cores; each contender decides what it does with that. */
async function renderAll(paths) {
  let bytes = 0;
  const queue = paths.values();
  await Promise.all(
    [1, 2].map(async () => {
      for (const path of queue) bytes += (await render(readFileSync(path))).length;
    }),
  );
  return bytes;
}
// Start-up is not what a server or a bulk run spends its time on.
await renderAll(files.slice(0, WARM_UP));
const before = process.cpuUsage();
const bytes = await renderAll(files);
const { user, system } = process.cpuUsage(before);
const renderCpuMs = Math.round((user + system) / 1000);
await close();
console.log(
  JSON.stringify({ metrics: { renderCpuMs, images: files.length, meanBytes: Math.round(bytes / files.length) } }),
);
