import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bundle } from '../../testing/bundle.js';
import { keyOf, lcg, thumbnailOf } from '../../testing/cache.js';
import { createDiskCache } from './disk-cache.js';

const MAX_BYTES = 4 * 1024 * 1024;
const dir = mkdtempSync(join(tmpdir(), 'datavis-kill-'));
let script: string;

beforeAll(async () => {
  script = fileURLToPath(await bundle(new URL('../../testing/cache-writer.ts', import.meta.url), 'cache-writer'));
}, 60_000);
afterAll(() => {
  rmSync(dir, { recursive: true, force: true });
});

test('acceptance 49: 25 times kill -9 in the middle of writes: nothing torn is served, the budget is kept, most is still there', async () => {
  const random = lcg(25);
  let whole = 0;
  for (let round = 0; round < 25; round++) {
    const writer = spawn(process.execPath, [script, dir, `${MAX_BYTES}`, `${round * 500}`], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [role] = (await once(writer.stdout, 'data')) as [Buffer];
    expect(role.toString()).toMatch(/^owner\n/);
    // Killed somewhere in the next thousand writes, however busy the machine is.
    const dots = Math.floor(random() * 10);
    for (let seen = 0; seen < dots;) seen += ((await once(writer.stdout, 'data')) as [Buffer])[0].length;
    await delay(random() * 5);
    writer.kill('SIGKILL');
    await once(writer, 'exit');

    const size = readdirSync(dir).reduce((sum, name) => sum + statSync(join(dir, name)).size, 0);
    expect(size).toBeLessThanOrEqual(MAX_BYTES);
    const cache = createDiskCache({ dir, maxBytes: MAX_BYTES });
    expect(cache.stats.role).toBe('owner');
    whole = 0;
    for (let i = 0; i < 3000; i++) {
      const found = cache.get(keyOf(i));
      if (found === undefined) continue;
      whole++;
      expect(Buffer.compare(found.bytes, thumbnailOf(i).bytes)).toBe(0);
    }
    cache.close();
  }
  expect(whole).toBeGreaterThan(500);
}, 120_000);
