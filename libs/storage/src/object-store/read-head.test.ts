import { expect, it } from 'vitest';
import { patterned } from '../conformance/harness.js';
import { MemoryObjectStore } from './memory-object-store.js';
import { readHead } from './read-head.js';

const store = new MemoryObjectStore({ objects: { small: patterned(10), large: patterned(500_000) } });

it('reads more only while the parser finds nothing, never past the limit', async () => {
  const sizes: number[] = [];
  const wanting = (least: number) => (bytes: Uint8Array) => {
    sizes.push(bytes.length);
    return bytes.length >= least ? 'found' : undefined;
  };
  expect(await readHead(store, 'large', wanting(1))).toBe('found');
  expect(await readHead(store, 'large', wanting(5_000))).toBe('found');
  expect(await readHead(store, 'large', wanting(400_000))).toBeUndefined();
  expect(await readHead(store, 'small', wanting(11))).toBeUndefined();
  expect(sizes).toEqual([4_096, 4_096, 32_768, 4_096, 32_768, 262_144, 10]);
});
