import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { BackfillPace } from './backfill-pace.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Renderings that end when they are told to, in the order they began. */
function renderings(pace: BackfillPace, count: number) {
  const began: string[] = [];
  const ends: (() => void)[] = [];
  const all = Array.from({ length: count }, (_, i) =>
    pace.run(
      `${i}`,
      async () => {
        began.push(`${i}`);
        await new Promise<void>((resolve) => ends.push(resolve));
      },
      new AbortController().signal,
    ),
  );
  const end = async (): Promise<void> => {
    ends.shift()?.();
    await vi.advanceTimersByTimeAsync(0);
  };
  return { began, end, all };
}

test('all cores while nobody is about', async () => {
  const { began } = renderings(new BackfillPace(4), 6);
  await vi.advanceTimersByTimeAsync(0);
  expect(began).toEqual(['0', '1', '2', '3']);
});

test('all cores but one while somebody is about, and all again half a second after the last call', async () => {
  const pace = new BackfillPace(4);
  const { began, end } = renderings(pace, 9);
  pace.noteInteractive();
  // The four that run are left alone; from then on there are three.
  await end();
  expect(began).toHaveLength(4);
  await end();
  expect(began).toHaveLength(5);
  await vi.advanceTimersByTimeAsync(400);
  pace.noteInteractive();
  await vi.advanceTimersByTimeAsync(499);
  expect(began).toHaveLength(5);
  await vi.advanceTimersByTimeAsync(2);
  expect(began).toHaveLength(6);
});

test('on one core it goes on', async () => {
  const pace = new BackfillPace(1);
  pace.noteInteractive();
  const { began, end } = renderings(pace, 2);
  await end();
  expect(began).toEqual(['0', '1']);
});

test('what somebody begins to wait for goes before the rest', async () => {
  const pace = new BackfillPace(2);
  pace.noteInteractive();
  const { began, end, all } = renderings(pace, 4);
  await vi.advanceTimersByTimeAsync(0);
  pace.promote('3');
  pace.promote('unknown');
  for (let i = 0; i < 4; i++) await end();
  expect(began).toEqual(['0', '3', '1', '2']);
  await Promise.all(all);
});
