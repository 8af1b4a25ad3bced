import { definePlugin } from '@datavis/plugin-sdk';
import { expect, test } from 'vitest';
import { HeapShare, type HeapReading } from './heap-share.js';
import { normalisePlugin } from './normalise.js';

const MIB = 2 ** 20;

/** A heap of 1,000 MiB whose use the test sets. */
function heapOf() {
  const reading: { -readonly [K in keyof HeapReading]: HeapReading[K] } = { usedBytes: 0, limitBytes: 1000 * MIB };
  const heap = new HeapShare(() => reading);
  const plugin = (name: string) => normalisePlugin(definePlugin({ name }));
  const call = async (name: string, grownMib: number): Promise<void> => {
    const before = heap.usedBytes;
    reading.usedBytes += grownMib * MIB;
    heap.check(await plugin(name), 'onImages', before);
  };
  return { reading, call };
}

test('a plugin that keeps what it sees is stopped before the heap is full, by name', async () => {
  const { call } = heapOf();
  await call('modest', 20);
  for (let batch = 0; batch < 8; batch++) await call('hoarder', 100);
  await call('modest', 40);
  await expect(call('hoarder', 100)).rejects.toMatchObject({
    code: 'DATAVIS_PLUGIN_MEMORY',
    plugin: 'hoarder',
    hook: 'onImages',
    message: expect.stringContaining('900 MiB of it') as string,
  });
});

test('a heap that others have filled is no fault of a plugin', async () => {
  const { reading, call } = heapOf();
  reading.usedBytes = 950 * MIB;
  await call('modest', 20);
});

test('garbage that was collected does not count', async () => {
  const { reading, call } = heapOf();
  for (let batch = 0; batch < 50; batch++) {
    await call('busy', 50);
    await call('busy', -50);
  }
  reading.usedBytes = 900 * MIB;
  await call('busy', 1);
});
