import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { ThumbnailEngine } from '@datavis/plugin-sdk';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bundle } from '../../testing/bundle.js';
import { scene } from '../../testing/pictures.js';
import { createDiskCache } from '../disk-cache/disk-cache.js';
import { createJimpEngine } from '../jimp/jimp-engine.js';
import { createSharpEngine } from '../sharp/sharp-engine.js';
import { createThumbnailer, type Thumbnailer } from './thumbnailer.js';

const COLD = 1_000;
const WARM = 50;
const dir = mkdtempSync(join(tmpdir(), 'datavis-load-'));
const engines: Record<string, () => ThumbnailEngine> = { sharp: () => createSharpEngine() };
const jpeg = await scene(320, 240).jpeg().toBuffer();

beforeAll(async () => {
  const worker = await bundle(new URL('../jimp/worker.ts', import.meta.url), 'load-worker');
  engines['jimp'] = () => createJimpEngine({ worker });
}, 60_000);
afterAll(() => {
  rmSync(dir, { recursive: true, force: true });
});

const source = (identity: string) => ({ identity, read: () => Promise.resolve(jpeg) });

/** Asks 200 times a second for thumbnails that are there, until told to stop; the time of each answer in ms. */
async function askForWarm(thumbnailer: Thumbnailer, isOver: () => boolean): Promise<number[]> {
  const times: Promise<number>[] = [];
  const started = performance.now();
  while (!isOver()) {
    // Those that a late timer kept back are offered now, as by clients who do not wait for each other.
    for (const due = (performance.now() - started) / 5; times.length < due;) {
      const asked = performance.now();
      times.push(thumbnailer.get(source(`warm ${times.length % WARM}`)).then(() => performance.now() - asked));
    }
    await delay(1);
  }
  return await Promise.all(times);
}

// How fast they are answered is measured by `npm run bench -- thumbs-load`: here, that all are.
test.each(['sharp', 'jimp'])(
  '%s: 200 cached hits a second are all answered while 1,000 cold thumbnails are made',
  async (name) => {
    const engine = engines[name]?.();
    if (engine === undefined) throw new Error(name);
    const cache = createDiskCache({ dir: join(dir, name), maxBytes: 64 * 1024 * 1024 });
    const thumbnailer = createThumbnailer({ engine, cache }, { maxQueued: 2 * COLD });
    await Promise.all(Array.from({ length: WARM }, (_, i) => thumbnailer.get(source(`warm ${i}`))));
    let made = 0;
    const cold = Array.from({ length: COLD }, (_, i) =>
      thumbnailer.get(source(`cold ${i}`), {}, { priority: 'backfill' }).then(() => made++),
    );
    const times = await askForWarm(thumbnailer, () => made === COLD);
    await Promise.all(cold);
    const { rendered, memoryHits } = thumbnailer.stats;
    expect([rendered, memoryHits]).toEqual([COLD + WARM, times.length]);
    expect(times.length).toBeGreaterThan(100);
    await thumbnailer.close();
  },
  300_000,
);
