import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createGate } from './gate.js';

const never = new AbortController().signal;

test('who waits leaves at once when its client goes, and takes no place in the queue', async () => {
  const gate = createGate(1, 1);
  const leave = await gate.enter(never);
  const client = new AbortController();
  const waiting = gate.run(client.signal, () => Promise.resolve('ran'));
  expect([gate.running, gate.waiting]).toEqual([1, 1]);
  client.abort(new Error('gone'));
  await expect(waiting).rejects.toThrow('gone');
  expect(gate.waiting).toBe(0);

  const next = gate.run(never, () => Promise.resolve('next'));
  expect(gate.waiting).toBe(1);
  await expect(gate.run(never, () => Promise.resolve())).rejects.toMatchObject({ code: 'DATAVIS_API_BUSY' });
  leave();
  expect(await next).toBe('next');
  await sleep(0);
  expect([gate.running, gate.waiting]).toEqual([0, 0]);
});

test('who waits too long for its turn is told that the server is busy, not that it took long itself', async () => {
  const gate = createGate(1, 1);
  const leave = await gate.enter(never);
  await expect(gate.run(AbortSignal.timeout(10), () => Promise.resolve())).rejects.toMatchObject({
    code: 'DATAVIS_API_BUSY',
  });
  leave();
  const late = AbortSignal.timeout(10);
  await expect(
    gate.run(late, async () => {
      await sleep(50);
      late.throwIfAborted();
    }),
  ).rejects.toMatchObject({ name: 'TimeoutError' });
});
