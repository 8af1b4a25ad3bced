import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Thumbnail } from '@datavis/plugin-sdk';
import { expect, test } from 'vitest';
import type { ThumbnailPort } from '../ports.js';
import type { PictureIndex } from './picture-index.js';
import { createPrefetch } from './prefetch.js';

const numbers = (count: number): string[] => Array.from({ length: count }, (_, i) => String(i));

/** A thumbnailer that notes what it is asked, and answers when it is told to. */
function parts() {
  const asked: { readonly identity: string; readonly options: unknown; readonly priority: unknown }[] = [];
  const answers: (() => void)[] = [];
  let [running, most] = [0, 0];
  const pictures = {
    find: (_: string, key: string) =>
      Promise.resolve(key === 'missing' ? undefined : { picture: { identity: key } }),
  } as unknown as PictureIndex;
  const thumbnails = {
    formats: ['png', 'jpeg'],
    get({ identity }, options, { priority } = {}) {
      asked.push({ identity, options, priority });
      most = Math.max(most, ++running);
      return new Promise<Thumbnail>((resolve, reject) => {
        answers.push(() => {
          running--;
          if (identity === 'broken') reject(new Error('no picture'));
          else resolve({} as Thumbnail);
        });
      });
    },
  } as Partial<ThumbnailPort> as ThumbnailPort;
  async function answerAll(): Promise<void> {
    for (let calm = 0; calm < 10; calm++) {
      if (answers.length > 0) calm = 0;
      for (const answer of answers.splice(0)) answer();
      await nextTurn();
    }
  }
  return { pictures, thumbnails, asked, answerAll, most: () => most };
}

test('thumbnails of a page are made as a browser would ask for them, a few at a time, behind others', async () => {
  const { pictures, thumbnails, asked, answerAll, most } = parts();
  createPrefetch({ pictures, thumbnails, closing: new AbortController().signal })(
    'pets',
    ['missing', 'broken', ...numbers(40)],
    128,
  );
  await answerAll();
  expect(asked.map(({ identity }) => identity)).toEqual(['broken', ...numbers(40)]);
  expect(asked[7]).toEqual({
    identity: '6',
    options: { widthPx: 128, heightPx: 128, fit: 'inside', format: 'jpeg', upright: true },
    priority: 'backfill',
  });
  expect(most()).toBe(8);
});

test('pages that come faster than thumbnails are made do not pile up; nothing begins when the server closes', async () => {
  const { pictures, thumbnails, asked, answerAll } = parts();
  const closing = new AbortController();
  const prefetch = createPrefetch({ pictures, thumbnails, closing: closing.signal });
  for (let page = 0; page < 10; page++) prefetch('pets', numbers(1000), 64);
  await nextTurn();
  closing.abort();
  await answerAll();
  expect(asked.length).toBe(8);

  const open = parts();
  const other = createPrefetch({ ...open, closing: new AbortController().signal });
  for (let page = 0; page < 10; page++) other('pets', numbers(1000), 64);
  await open.answerAll();
  expect(open.asked.length).toBeGreaterThanOrEqual(2000);
  expect(open.asked.length).toBeLessThanOrEqual(2008);
});
