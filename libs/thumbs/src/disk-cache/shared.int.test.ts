import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type * as Fs from 'node:fs';
import { closeSync, mkdtempSync, openSync, readdirSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { bundle } from '../../testing/bundle.js';
import { keyOf, thumbnailOf } from '../../testing/cache.js';
import type { ThumbsError } from '../errors.js';
import { createDiskCache } from './disk-cache.js';

const MAX_BYTES = 4 * 1024 * 1024;
let dir: string;

/** What the disk has room for; further bytes are written up to it, then none, as ENOSPC has it. */
const disk = vi.hoisted(() => ({ roomBytes: Number.POSITIVE_INFINITY }));

vi.mock('node:fs', async (load) => {
  const fs = await load<typeof Fs>();
  const isFull = (): never => {
    throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
  };
  return {
    ...fs,
    writeSync: (fd: number, bytes: Buffer, offset: number, length: number, position: number) => {
      const { size } = fs.fstatSync(fd);
      const grows = Math.max(0, position + length - size);
      if (grows <= disk.roomBytes) {
        disk.roomBytes -= grows;
        return fs.writeSync(fd, bytes, offset, length, position);
      }
      const fits = length - grows + disk.roomBytes;
      disk.roomBytes = 0;
      return fits <= 0 ? isFull() : fs.writeSync(fd, bytes, offset, fits, position);
    },
  };
});

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'datavis-shared-'));
});
afterEach(() => {
  disk.roomBytes = Number.POSITIVE_INFINITY;
  rmSync(dir, { recursive: true, force: true });
});

test('a full disk: the cache goes on with the blocks it has, says so, and serves nothing torn', () => {
  disk.roomBytes = 1_000_000;
  const problems: ThumbsError[] = [];
  const cache = createDiskCache({ dir, maxBytes: MAX_BYTES, onProblem: (error) => problems.push(error) });
  let found = 0;
  for (let i = 0; i < 2_000; i++) {
    cache.put(keyOf(i), thumbnailOf(i));
    for (const back of [0, 20]) {
      const thumbnail = cache.get(keyOf(i - back));
      if (thumbnail === undefined) continue;
      found++;
      expect(Buffer.compare(thumbnail.bytes, thumbnailOf(i - back).bytes)).toBe(0);
    }
  }
  expect(problems.length).toBeGreaterThan(0);
  expect(problems[0]).toMatchObject({
    code: 'DATAVIS_THUMBS_CACHE',
    message: expect.stringContaining('ENOSPC') as string,
  });
  // It goes on: of the last thousand most were stored, in the room of older ones.
  expect(found).toBeGreaterThan(1_000);
  // With room again, also for the journal, the next start finds them.
  disk.roomBytes = Number.POSITIVE_INFINITY;
  cache.close();
  const again = createDiskCache({ dir, maxBytes: MAX_BYTES });
  let whole = 0;
  for (let i = 0; i < 2_000; i++) {
    const thumbnail = again.get(keyOf(i));
    if (thumbnail === undefined) continue;
    whole++;
    expect(Buffer.compare(thumbnail.bytes, thumbnailOf(i).bytes)).toBe(0);
  }
  expect(whole).toBeGreaterThan(100);
  again.close();
});

test('beside a process that writes, another reads along: every picture is whole, and the budget holds', async () => {
  const script = fileURLToPath(
    await bundle(new URL('../../testing/cache-writer.ts', import.meta.url), 'shared-writer'),
  );
  const writer = spawn(process.execPath, [script, dir, `${MAX_BYTES}`, '0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    await once(writer.stdout, 'data');
    const cache = createDiskCache({ dir, maxBytes: MAX_BYTES });
    expect(cache.stats.role).toBe('reader');
    let whole = 0;
    for (const end = performance.now() + 2_000; performance.now() < end;) {
      for (let i = 0; i < 3_000; i += 7) {
        const found = cache.get(keyOf(i));
        if (found === undefined) continue;
        whole++;
        if (Buffer.compare(found.bytes, thumbnailOf(i).bytes) !== 0) expect.fail(`another picture under key ${i}`);
      }
      const bytes = readdirSync(dir).reduce(
        (sum, name) => sum + (statSync(join(dir, name), { throwIfNoEntry: false })?.size ?? 0),
        0,
      );
      expect(bytes).toBeLessThanOrEqual(MAX_BYTES);
    }
    expect(whole).toBeGreaterThan(500);
    cache.close();
  } finally {
    writer.kill('SIGKILL');
  }
}, 60_000);

/** The mock is able to fail a write. */
test('the disk of these tests can be full', () => {
  disk.roomBytes = 3;
  const fd = openSync(join(dir, 'file'), 'w');
  const write = () => writeSync(fd, Buffer.from('12345'), 0, 5, 0);
  expect(write()).toBe(3);
  expect(() => writeSync(fd, Buffer.from('12345'), 3, 2, 3)).toThrow('ENOSPC');
  closeSync(fd);
});
