import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Thumbnail } from '@datavis/plugin-sdk';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { keyOf, lcg, simulateLru, thumbnailOf } from '../../testing/cache.js';
import type { ThumbsError } from '../errors.js';
import { BLOCK_BYTES, createDiskCache, type DiskCache } from './disk-cache.js';
import { RECORD_HEADER_BYTES } from './record.js';

const MB = 1024 * 1024;
let dir: string;
const opened: DiskCache[] = [];

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'datavis-thumbs-'));
});
afterEach(() => {
  for (const cache of opened.splice(0)) cache.close();
  rmSync(dir, { recursive: true, force: true });
});

function open(maxBytes = MB, problems: ThumbsError[] = []): DiskCache {
  const cache = createDiskCache({ dir, maxBytes, onProblem: (error) => problems.push(error) });
  opened.push(cache);
  return cache;
}

/** Compares by bytes: matchers are slow on large buffers. */
function holds(cache: DiskCache, i: number): 'nothing' | 'whole' | 'another' {
  const found = cache.get(keyOf(i));
  if (found === undefined) return 'nothing';
  const wanted = thumbnailOf(i);
  const equal = Buffer.compare(found.bytes, wanted.bytes) === 0 && found.widthPx === wanted.widthPx;
  return equal ? 'whole' : 'another';
}

const diskBytes = (): number => readdirSync(dir).reduce((sum, name) => sum + statSync(join(dir, name)).size, 0);

test('gives back what was put, also after a restart', () => {
  const first = open();
  for (let i = 0; i < 50; i++) first.put(keyOf(i), thumbnailOf(i));
  for (let i = 0; i < 50; i++) expect(first.get(keyOf(i))).toEqual(thumbnailOf(i));
  expect(first.get(keyOf(99))).toBeUndefined();
  first.close();
  const second = open();
  for (let i = 0; i < 50; i++) expect(second.get(keyOf(i))).toEqual(thumbnailOf(i));
});

/** Zipf-like keys: a few are asked for often. */
function* trace(length: number, keys: number, seed: number): Generator<number> {
  const random = lcg(seed);
  for (let i = 0; i < length; i++) yield Math.floor(keys * random() ** 3);
}

test.each([1, 2])(
  'random load of 10,000 keys, seed %i: the hits of a true LRU, the budget kept after each write',
  (seed) => {
    const maxBytes = 4 * MB;
    const cache = open(maxBytes);
    const blocks = (i: number): number =>
      Math.ceil((thumbnailOf(i).bytes.length + RECORD_HEADER_BYTES) / BLOCK_BYTES);
    const simulated = simulateLru(trace(20_000, 10_000, seed), cache.stats.capacityBytes / BLOCK_BYTES, blocks);
    let hits = 0;
    for (const i of trace(20_000, 10_000, seed)) {
      const found = cache.get(keyOf(i));
      expect(found !== undefined).toBe(simulated.next().value);
      if (found !== undefined) {
        hits++;
        if (!Buffer.from(found.bytes).equals(thumbnailOf(i).bytes)) expect.fail(`another picture under key ${i}`);
      } else {
        cache.put(keyOf(i), thumbnailOf(i));
        if (diskBytes() > maxBytes) expect.fail(`${diskBytes()} bytes on disk`);
      }
    }
    expect(hits).toBeGreaterThan(2000);
  },
);

test('the order of use survives a restart', () => {
  const one = open();
  const { capacityBytes } = one.stats;
  const big = (i: number): Thumbnail => ({ ...thumbnailOf(i), bytes: Buffer.alloc(capacityBytes / 4 - 2000, i) });
  for (const i of [1, 2, 3]) one.put(keyOf(i), big(i));
  one.get(keyOf(1));
  one.close();
  const two = open();
  two.put(keyOf(4), big(4));
  two.put(keyOf(5), big(5));
  expect([1, 2, 3, 4, 5].filter((i) => two.get(keyOf(i)) !== undefined)).toEqual([1, 3, 4, 5]);
});

test('damage anywhere is a miss or the right picture, never another one', () => {
  const random = lcg(7);
  const cache = open();
  for (let i = 0; i < 60; i++) cache.put(keyOf(i), thumbnailOf(i));
  cache.close();
  const whole = ['blocks', 'journal'].map((name) => [join(dir, name), readFileSync(join(dir, name))] as const);
  for (const [path, bytes] of whole) {
    for (let round = 0; round < 40; round++) {
      for (const [each, content] of whole) writeFileSync(each, content);
      const damaged = Buffer.from(bytes);
      for (let n = 0; n < 10; n++) damaged[Math.floor(random() * damaged.length)] = Math.floor(random() * 256);
      writeFileSync(path, damaged);
      if (round % 2 === 1) truncateSync(path, Math.floor(random() * bytes.length));
      const problems: ThumbsError[] = [];
      const again = open(MB, problems);
      const found = Array.from({ length: 60 }, (_, i) => holds(again, i));
      expect(found).not.toContain('another');
      expect(found).toContain('nothing');
      again.put(keyOf(1000), thumbnailOf(1000));
      expect(problems).toEqual([]);
      expect(holds(again, 1000)).toBe('whole');
      again.close();
    }
  }
});

test('a second opener reads along, and takes over when the first is gone', () => {
  const owner = open(8 * MB);
  const reader = open(8 * MB);
  expect([owner.stats.role, reader.stats.role]).toEqual(['owner', 'reader']);
  for (let i = 0; i < 3000; i++) {
    owner.put(keyOf(i), thumbnailOf(i));
    // Also across blocks that were used again, and journals that were written anew.
    if (i % 3 === 0) expect(holds(reader, i)).toBe('whole');
    expect(holds(reader, Math.floor(i / 2))).not.toBe('another');
  }
  reader.put(keyOf(5000), thumbnailOf(5000));
  expect(owner.get(keyOf(5000))).toBeUndefined();
  owner.close();
  const next = open(8 * MB);
  expect(next.stats.role).toBe('owner');
  expect(next.get(keyOf(2999))).toEqual(thumbnailOf(2999));
});

test('the lock of a process that is gone is taken over', () => {
  open().close();
  writeFileSync(join(dir, 'owner'), readOwnerOfDeadProcess());
  expect(open().stats.role).toBe('owner');
});

function readOwnerOfDeadProcess(): string {
  const live = createDiskCache({ dir: join(dir, 'other'), maxBytes: MB });
  const [host] = readFileSync(join(dir, 'other', 'owner'), 'utf8').split(' ');
  live.close();
  // Above every pid_max, so no process has it.
  return `${host ?? ''} 99999999 1 x`;
}

test('a smaller budget is kept from the start', () => {
  const large = open(8 * MB);
  for (let i = 0; i < 1500; i++) large.put(keyOf(i), thumbnailOf(i));
  expect(diskBytes()).toBeGreaterThan(2 * MB);
  large.close();
  const small = open(2 * MB);
  expect(diskBytes()).toBeLessThanOrEqual(2 * MB);
  const kept = Array.from({ length: 1500 }, (_, i) => i).filter((i) => small.get(keyOf(i)) !== undefined);
  expect(kept.length).toBeGreaterThan(50);
});

test('what cannot be opened says so', () => {
  writeFileSync(join(dir, 'file'), '');
  const make = () => createDiskCache({ dir: join(dir, 'file', 'below'), maxBytes: MB });
  expect(make).toThrow(expect.objectContaining({ code: 'DATAVIS_THUMBS_CACHE' }));
  expect(() => createDiskCache({ dir, maxBytes: 1000 })).toThrow(
    expect.objectContaining({ code: 'DATAVIS_THUMBS_OPTIONS' }),
  );
});
