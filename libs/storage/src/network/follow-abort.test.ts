import { getEventListeners } from 'node:events';
import { expect, test } from 'vitest';
import { followAbort } from './follow-abort.js';

test('a hundred follow one signal by one listener; who has left is not called', () => {
  const source = new AbortController();
  const called: number[] = [];
  const leave = Array.from({ length: 100 }, (_, i) => followAbort(source.signal, () => called.push(i)));
  expect(getEventListeners(source.signal, 'abort')).toHaveLength(1);
  leave[0]?.();
  source.abort();
  expect(called).toEqual(Array.from({ length: 99 }, (_, i) => i + 1));
});

test('without a signal there is nothing to follow', () => {
  expect(() => {
    followAbort(undefined, () => expect.fail('called'))();
  }).not.toThrow();
});
