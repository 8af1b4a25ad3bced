import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createGate } from './gate.js';
import { createSharedReads } from './shared-reads.js';

test('equal reads that wait are one; one that runs is not joined; others are not mixed up', async () => {
  const read = createSharedReads(createGate(1, 10), 60_000);
  const opened: (() => void)[] = [];
  let reads = 0;
  const work = async (): Promise<number> => {
    const number = ++reads;
    await new Promise<void>((resolve) => opened.push(resolve));
    return number;
  };
  const first = read('a', work);
  await turn();
  const later = [read('a', work), read('a', work), read('b', work), read('a', work)];
  for (let i = 0; i < 3; i++) {
    opened[i]?.();
    await turn();
    await turn();
  }
  expect(await first).toBe(1);
  expect(await Promise.all(later)).toEqual([2, 2, 3, 2]);
});

test('a refused or failed read is not remembered', async () => {
  const read = createSharedReads(createGate(1, 0), 60_000);
  let open = (): void => undefined;
  const running = read('a', () => new Promise<void>((resolve) => (open = resolve)));
  await turn();
  await expect(read('a', () => Promise.resolve())).rejects.toMatchObject({ code: 'DATAVIS_API_BUSY' });
  open();
  await running;
  await expect(read('a', () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  await expect(read('a', () => Promise.resolve('again'))).resolves.toBe('again');
});

test('a read that takes too long is aborted for all who wait for it', async () => {
  const read = createSharedReads(createGate(1, 10), 20);
  const late = read('a', (signal) => {
    return new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => {
        reject(signal.reason as Error);
      });
    });
  });
  await expect(late).rejects.toMatchObject({ name: 'TimeoutError' });
});
