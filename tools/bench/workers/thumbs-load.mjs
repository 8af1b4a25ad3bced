// Cached hits while thumbnails are made: node thumbs-load.mjs sharp|portable.
import { createThumbnailer } from '@datavis/thumbs';
import sharp from 'sharp';

const COLD = 1_000;
const WARM = 50;
const EVERY_MS = 5;
const engines = {
  sharp: async () => (await import('@datavis/thumbs/sharp')).createSharpEngine(),
  portable: async () => (await import('@datavis/thumbs/jimp')).createJimpEngine(),
};

const background = { r: 90, g: 120, b: 60 };
const noise = { type: 'gaussian', mean: 128, sigma: 30 };
const photo = await sharp({ create: { width: 640, height: 480, channels: 3, background, noise } })
  .jpeg()
  .toBuffer();
const thumbnailer = createThumbnailer({ engine: await engines[process.argv[2]]() }, { maxQueued: 2 * COLD });
const source = (identity) => ({ identity, read: async () => photo });

/** Asks until it is over; `times` in ms, each from the moment at which the answer was due. */
async function ask(isOver) {
  const answers = [];
  const start = performance.now();
  while (!isOver()) {
    for (let due = start + answers.length * EVERY_MS; due <= performance.now(); due += EVERY_MS) {
      const key = `warm ${answers.length % WARM}`;
      answers.push(thumbnailer.get(source(key)).then(() => performance.now() - due));
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  const settled = await Promise.allSettled(answers);
  const times = settled.flatMap(({ status, value }) => (status === 'fulfilled' ? [value] : []));
  return { offered: answers.length, times: times.sort((x, y) => x - y) };
}

await Promise.all(Array.from({ length: WARM }, (_, i) => thumbnailer.get(source(`warm ${i}`))));
const end = performance.now() + 5_000;
const idle = await ask(() => performance.now() > end);
let made = 0;
const cold = Array.from({ length: COLD }, (_, i) =>
  thumbnailer.get(source(`cold ${i}`), {}, { priority: 'backfill' }).then(() => made++),
);
const loaded = await ask(() => made === COLD);
await Promise.all(cold);
await thumbnailer.close();
const p99 = ({ times }) => Number(times[Math.floor(times.length * 0.99)].toFixed(2));
const metrics = {
  idleP99Ms: p99(idle),
  loadedP99Ms: p99(loaded),
  answered: loaded.times.length,
  offered: loaded.offered,
};
console.log(JSON.stringify({ metrics }));
