import { expect, test } from 'vitest';
import { createTurns } from './turns.js';

/** Longer than a slice of time. */
function work(): void {
  const end = performance.now() + 6;
  while (performance.now() < end);
}

test('several who have much to do take turns, and everything else is served after each part', async () => {
  const nextTurn = createTurns();
  const seen: string[] = [];
  let isOver = false;
  const other = (): void => {
    seen.push('other');
    if (!isOver) setImmediate(other);
  };
  const stream = async (name: string): Promise<void> => {
    for (let part = 0; part < 3; part++) {
      await nextTurn();
      work();
      seen.push(name);
    }
  };
  setImmediate(other);
  await Promise.all([stream('a'), stream('b')]);
  isOver = true;
  expect(seen.filter((one) => one !== 'other')).toEqual(['a', 'b', 'a', 'b', 'a', 'b']);
  expect(seen.join(' ')).not.toMatch(/[ab] [ab]/);
});

test('small parts within one slice of time need no round of the event loop', async () => {
  const nextTurn = createTurns();
  await nextTurn();
  let rounds = 0;
  setImmediate(() => rounds++);
  for (let part = 0; part < 5; part++) await nextTurn();
  expect(rounds).toBe(0);
});
