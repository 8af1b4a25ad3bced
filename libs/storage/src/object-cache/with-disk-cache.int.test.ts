import { mkdtempSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startFakeGcs } from '@datavis/fake-gcs';
import type { DataVisError } from '@datavis/plugin-sdk';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { random } from '../../testing/gcs-fault-run.js';
import { codeOf, collect, patterned } from '../conformance/harness.js';
import { objectStoreChecks } from '../conformance/index.js';
import { MemoryObjectStore } from '../object-store/memory-object-store.js';
import { createStores } from '../stores/create-stores.js';
import { ObjectCache, withDiskCache } from './with-disk-cache.js';

let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'datavis-originals-'));
});
afterEach(() => {
  rmSync(dir, { recursive: true });
});

const onDisk = (): number => readdirSync(dir).reduce((sum, name) => sum + statSync(join(dir, name)).size, 0);

describe('a store with a disk cache is still one', () => {
  const checks = objectStoreChecks({
    capabilities: { write: true, list: true, ranges: true, pinned: true },
    create: async (objects) => {
      const memory = new MemoryObjectStore({ objects: Object.fromEntries(objects) });
      const store = withDiskCache(memory, await ObjectCache.open({ dir, maxBytes: 50_000_000 }));
      return {
        store,
        replace: async (key, bytes) => {
          await memory.write(key, bytes);
        },
        close: () => store.close(),
      };
    },
  });
  for (const check of checks) it.skipIf(check.skip !== undefined)(check.name, () => check.run());
});

/** Counts what is read through to the store below. */
class CountedStore extends MemoryObjectStore {
  reads = 0;

  override read(...args: Parameters<MemoryObjectStore['read']>): ReturnType<MemoryObjectStore['read']> {
    this.reads++;
    return super.read(...args);
  }
}

it('what was read whole is read from the disk, ranges too, and a new version from the store', async () => {
  const memory = new CountedStore({ objects: { a: patterned(300_000) } });
  const store = withDiskCache(memory, await ObjectCache.open({ dir, maxBytes: 10_000_000 }));
  expect((await collect(store.read('a', { start: 10, end: 20 }))).equals(patterned(300_000).subarray(10, 20))).toBe(
    true,
  );
  for (let i = 0; i < 3; i++) expect((await collect(store.read('a'))).equals(patterned(300_000))).toBe(true);
  const middle = await collect(store.read('a', { start: 100_000, end: 250_000 }));
  expect(middle.equals(patterned(300_000).subarray(100_000, 250_000))).toBe(true);
  expect(memory.reads).toBe(2);
  await memory.write('a', patterned(500, 2));
  expect((await collect(store.read('a'))).equals(patterned(500, 2))).toBe(true);
  expect(memory.reads).toBe(3);
});

it('what was left in the middle, or failed, is not kept', async () => {
  const memory = new CountedStore({ objects: { a: patterned(300_000) } });
  const store = withDiskCache(memory, await ObjectCache.open({ dir, maxBytes: 10_000_000 }));
  for await (const chunk of store.read('a')) if (chunk.length > 0) break;
  const stop = new AbortController();
  const reason = new Error('stop');
  const aborted = (async () => {
    for await (const chunk of store.read('a', { signal: stop.signal })) if (chunk.length > 0) stop.abort(reason);
  })();
  await expect(aborted).rejects.toBe(reason);
  expect(readdirSync(dir)).toEqual([]);
});

it('random load: the budget holds after each read, every byte is right, and a restart keeps the order of use', async () => {
  const maxBytes = 1_000_000;
  const sizes = Array.from({ length: 60 }, (_, i) => 1_000 + ((i * 7_919) % 90_000));
  const objects = Object.fromEntries(sizes.map((size, i) => [`${i}`, patterned(size, i)]));
  const memory = new CountedStore({ objects });
  let store = withDiskCache(memory, await ObjectCache.open({ dir, maxBytes }));
  const next = random(5);
  for (let round = 0; round < 600; round++) {
    const i = Math.floor(60 * next() ** 2);
    const read = async (): Promise<void> => {
      for await (const chunk of store.read(`${i}`))
        if (chunk.length > 0) expect(onDisk()).toBeLessThanOrEqual(maxBytes);
    };
    if (round % 3 === 0) await read();
    else expect((await collect(store.read(`${i}`))).equals(patterned(sizes[i] ?? 0, i))).toBe(true);
    expect(onDisk()).toBeLessThanOrEqual(maxBytes);
  }
  expect(memory.reads).toBeLessThan(450);
  expect(onDisk()).toBeGreaterThan(maxBytes / 2);

  await collect(store.read('7'));
  const smaller = await ObjectCache.open({ dir, maxBytes: 200_000, maxObjectBytes: 100_000 });
  expect(onDisk()).toBeLessThanOrEqual(200_000);
  store = withDiskCache(memory, smaller);
  const { reads } = memory;
  await collect(store.read('7'));
  expect(memory.reads).toBe(reads);
});

it('a file that a crash cut, or left unfinished, is not given out', async () => {
  const memory = new CountedStore({ objects: { a: patterned(30_000) } });
  const open = async () => withDiskCache(memory, await ObjectCache.open({ dir, maxBytes: 1_000_000 }));
  await collect((await open()).read('a'));
  writeFileSync(join(dir, 'unfinished-1-1'), 'half');
  truncateSync(join(dir, readdirSync(dir).find((name) => !name.startsWith('un')) ?? ''), 10_000);
  expect((await collect((await open()).read('a'))).equals(patterned(30_000))).toBe(true);
  expect([memory.reads, onDisk()]).toEqual([2, 30_000]);
});

it('a cache that cannot write says so and lets the bytes through', async () => {
  const problems: DataVisError[] = [];
  const cache = await ObjectCache.open({ dir, maxBytes: 1_000_000, onProblem: (error) => problems.push(error) });
  const store = withDiskCache(new MemoryObjectStore({ objects: { a: patterned(30_000) } }), cache);
  rmSync(dir, { recursive: true });
  expect((await collect(store.read('a'))).equals(patterned(30_000))).toBe(true);
  expect(problems.map(({ code }) => code)).toEqual(['DATAVIS_STORAGE_CACHE']);
  writeFileSync(dir, 'a file');
  expect(await codeOf(ObjectCache.open({ dir, maxBytes: 1_000_000 }))).toBe('DATAVIS_STORAGE_CACHE');
});

it('createStores puts it before gs://', async () => {
  const server = await startFakeGcs();
  server.put('b', 'set/x.jpg', patterned(40_000));
  const stores = createStores({ gcs: { apiEndpoint: server.url }, cache: { dir, maxBytes: 1_000_000 } });
  for (const root of ['gs://b/set', 'gs://b/set', 'gs://b']) {
    const store = await stores.open(root);
    const key = root === 'gs://b' ? 'set/x.jpg' : 'x.jpg';
    expect((await collect(store.read(key))).equals(patterned(40_000))).toBe(true);
    await store.close();
  }
  expect(server.requests.filter(({ kind }) => kind === 'media')).toHaveLength(1);
  await server.close();
});
