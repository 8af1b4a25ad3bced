import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import { terminated } from './terminated.js';

test.each([
  ['SIGTERM', 'SIGINT'],
  ['SIGINT', 'SIGTERM'],
] as const)('after %s nobody listens: %s ends the process at once', async (first, second) => {
  const source = new EventEmitter();
  const signal = terminated(source);
  expect([source.listenerCount(first), source.listenerCount(second)]).toEqual([1, 1]);
  source.emit(first, first);
  expect(await signal).toBe(first);
  expect([source.listenerCount(first), source.listenerCount(second)]).toEqual([0, 0]);
});
