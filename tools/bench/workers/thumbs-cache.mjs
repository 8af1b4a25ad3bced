// The disk cache with 100,000 entries of 9 KB: node thumbs-cache.mjs FOLDER. Prints rates, times and the CPU they took.
import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import { createDiskCache } from '@datavis/thumbs/disk-cache';

const dir = process.argv[2];
const ENTRIES = 100_000;
const maxBytes = 1024 * 1024 * 1024;
const bytes = Buffer.from(Array.from({ length: 9000 }, (_, i) => (i * 31) % 256));
const thumbnail = { bytes, contentType: 'image/webp', widthPx: 256, heightPx: 192 };
const keys = Array.from({ length: 2 * ENTRIES }, (_, i) =>
  createHash('sha256').update(`${i}`).digest('hex').slice(0, 32),
);

function timed(name, work) {
  const cpu = process.cpuUsage();
  const start = performance.now();
  work();
  const wallMs = performance.now() - start;
  const { user, system } = process.cpuUsage(cpu);
  return {
    [`${name}PerSecond`]: Math.round(ENTRIES / (wallMs / 1000)),
    [`${name}CpuUs`]: Number(((user + system) / ENTRIES).toFixed(1)),
  };
}

rmSync(dir, { recursive: true, force: true });
const cache = createDiskCache({ dir, maxBytes });
const metrics = {
  ...timed('write', () => keys.slice(0, ENTRIES).forEach((key) => cache.put(key, thumbnail))),
  ...timed('read', () => {
    for (let i = 0; i < ENTRIES; i++) {
      if (cache.get(keys[(i * 7919) % ENTRIES]) === undefined) throw new Error('an entry is gone');
    }
  }),
  ...timed('evict', () => keys.slice(ENTRIES).forEach((key) => cache.put(key, thumbnail))),
};
if (cache.stats.diskBytes > maxBytes) throw new Error('over budget');
cache.close();
const startCpu = process.cpuUsage();
const start = performance.now();
const again = createDiskCache({ dir, maxBytes });
metrics.startUpMs = Math.round(performance.now() - start);
const { user, system } = process.cpuUsage(startCpu);
metrics.startUpCpuMs = Math.round((user + system) / 1000);
metrics.entries = again.stats.entries;
again.close();
rmSync(dir, { recursive: true, force: true });
console.log(JSON.stringify({ metrics }));
