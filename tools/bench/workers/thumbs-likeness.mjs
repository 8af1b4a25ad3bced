// How like a full decode and Lanczos3 the thumbnails of a folder are, as they are served: with default options, compressed.
// node thumbs-likeness.mjs sharp|portable FOLDER
import { readdirSync, readFileSync } from 'node:fs';
import { register } from 'node:module';
import { join } from 'node:path';
import { DEFAULT_THUMBNAIL } from '@datavis/thumbs';
import sharp from 'sharp';

register('../../ts-worker-hooks.mjs', import.meta.url);
// The measure of the package's own tests, which it does not ship.
const { ssim } = await import(new URL('../../../libs/thumbs/testing/ssim.ts', import.meta.url).href);

const MOST = 60;
const [engineName, folder] = process.argv.slice(2);
const engines = {
  sharp: async () => (await import('@datavis/thumbs/sharp')).createSharpEngine(),
  portable: async () => (await import('@datavis/thumbs/jimp')).createJimpEngine(),
};
const engine = await engines[engineName]();
const { widthPx, heightPx, fit } = DEFAULT_THUMBNAIL;

async function likeness(file) {
  const full = await sharp(file, { ignoreIcc: true }).raw().toBuffer({ resolveWithObject: true });
  const wanted = await sharp(full.data, { raw: full.info })
    .resize(widthPx, heightPx, { fit, kernel: 'lanczos3' })
    .raw()
    .toBuffer({ resolveWithObject: true });
  const made = await engine.render(file, DEFAULT_THUMBNAIL);
  const ours = await sharp(made.bytes).removeAlpha().raw().toBuffer();
  return ssim(ours, wanted.data, wanted.info.width, wanted.info.height);
}

let [least, sum] = [1, 0];
const names = readdirSync(folder).slice(0, MOST);
for (const name of names) {
  const found = await likeness(readFileSync(join(folder, name)));
  least = Math.min(least, found);
  sum += found;
}
await engine.close();
const metrics = { leastSsim: Number(least.toFixed(4)), meanSsim: Number((sum / names.length).toFixed(4)) };
console.log(JSON.stringify({ metrics }));
