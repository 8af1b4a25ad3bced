import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { LocalObjectStore } from './local-object-store.js';

const MEBI = 2 ** 20;
let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'datavis-synced-'));
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(root, { recursive: true });
});

async function* body(): AsyncGenerator<Uint8Array> {
  for (let part = 0; part < 70; part++) yield await Promise.resolve(new Uint8Array(MEBI).fill(part));
}

/** Every call of `datasync`, which all handles share. */
async function syncs() {
  const handle = await open(root);
  const prototype = Object.getPrototypeOf(handle) as typeof handle;
  await handle.close();
  return vi.spyOn(prototype, 'datasync');
}

test('a large file goes to the disk in between, and at its end', async () => {
  const spy = await syncs();
  const store = new LocalObjectStore({ root });
  expect((await store.write('a.bin', body())).size).toBe(70 * MEBI);
  expect(spy).toHaveBeenCalledTimes(3);
});

test('a disk that fails in between fails the write, and nothing of it stays', async () => {
  const spy = await syncs();
  spy.mockRejectedValueOnce(Object.assign(new Error('i/o error'), { code: 'EIO' }));
  const store = new LocalObjectStore({ root });
  await expect(store.write('a.bin', body())).rejects.toMatchObject({ code: 'DATAVIS_STORAGE_IO' });
  expect(readdirSync(root)).toEqual([]);
});
