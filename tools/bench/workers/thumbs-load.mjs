// Cached hits while thumbnails are made: node thumbs-load.mjs sharp|portable.
import { setTimeout as delay } from 'node:timers/promises';
import { createThumbnailer, DEFAULT_THUMBNAIL } from '@datavis/thumbs';
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
const engine = await engines[process.argv[2]]();
const thumbnailer = createThumbnailer({ engine }, { maxQueued: 2 * COLD });
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
    await delay(1);
  }
  const settled = await Promise.allSettled(answers);
  const times = settled.flatMap(({ status, value }) => (status === 'fulfilled' ? [value] : []));
  return { offered: answers.length, times: times.sort((x, y) => x - y) };
}

await Promise.all(Array.from({ length: WARM }, (_, i) => thumbnailer.get(source(`warm ${i}`))));
const end = performance.now() + 5_000;
const idle = await ask(() => performance.now() > end);
let made = 0;
const backfill = (name, count = COLD) =>
  Promise.all(
    Array.from({ length: count }, (_, i) =>
      thumbnailer.get(source(`${name} ${i}`), {}, { priority: 'backfill' }).then(() => made++),
    ),
  );
const cold = backfill('cold');
const loaded = await ask(() => made === COLD);
await cold;

const timed = async (work) => {
  const started = performance.now();
  await work();
  return Math.round(performance.now() - started);
};
// With nobody about, backfill is as fast as the engine by itself; by turns, as machines drift.
await delay(1_000);
const HALF = COLD / 2;
const renderAll = () => Promise.all(Array.from({ length: HALF }, () => engine.render(photo, DEFAULT_THUMBNAIL)));
const aloneMs = [await timed(() => backfill('alone', HALF))];
const engineMs = [await timed(renderAll), await timed(renderAll)];
aloneMs.push(await timed(() => backfill('alone again', HALF)));
await thumbnailer.close();
const p99 = ({ times }) => Number(times[Math.floor(times.length * 0.99)].toFixed(2));
const metrics = {
  idleP99Ms: p99(idle),
  loadedP99Ms: p99(loaded),
  answered: loaded.times.length,
  offered: loaded.offered,
  backfillAloneMs: aloneMs[0] + aloneMs[1],
  engineMs: engineMs[0] + engineMs[1],
};
console.log(JSON.stringify({ metrics }));
