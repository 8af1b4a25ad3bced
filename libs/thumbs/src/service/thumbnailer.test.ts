import { setTimeout as delay } from 'node:timers/promises';
import type { Thumbnail, ThumbnailEngine } from '@datavis/plugin-sdk';
import { describe, expect, test } from 'vitest';
import { scene } from '../../testing/pictures.js';
import type { ThumbnailCache } from '../cache.js';
import { ThumbsError } from '../errors.js';
import { createThumbnailer } from './thumbnailer.js';
import type { ThumbnailSource } from './source.js';

const jpeg = await scene(40, 30).jpeg().toBuffer();

function source(identity: string, bytes: Uint8Array = jpeg): ThumbnailSource {
  return { identity, uri: `mem:/${identity}`, read: () => Promise.resolve(bytes) };
}

/** An engine that waits for `gate` and notes what it is asked. */
function fakeEngine(gate: () => Promise<unknown> = () => Promise.resolve()) {
  const asked: string[] = [];
  const engine: ThumbnailEngine = {
    fingerprint: 'fake/1',
    inputTypes: ['image/jpeg'],
    outputFormats: ['webp', 'jpeg'],
    concurrency: 1,
    async render(_input, options): Promise<Thumbnail> {
      asked.push(`${options.widthPx}`);
      await gate();
      return { bytes: Buffer.alloc(1000, options.widthPx), contentType: 'image/webp', widthPx: 4, heightPx: 3 };
    },
    decode: () => Promise.reject(new Error('not asked for here')),
    encode: () => Promise.reject(new Error('not asked for here')),
    close: () => Promise.resolve(),
  };
  return { engine, asked };
}

function gate(): { wait: () => Promise<void>; open: () => void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { wait: () => opened, open };
}

test('100 equal requests at once are one decode', async () => {
  const { engine, asked } = fakeEngine(() => delay(10));
  const thumbnailer = createThumbnailer({ engine });
  const all = await Promise.all(Array.from({ length: 100 }, () => thumbnailer.get(source('a'))));
  expect(asked).toHaveLength(1);
  expect(new Set(all.map(({ key }) => key))).toEqual(new Set([thumbnailer.key('a')]));
  expect((await thumbnailer.get(source('a'))).from).toBe('memory');
});

test('identity, options and engine each make another key', () => {
  const { engine } = fakeEngine();
  const one = createThumbnailer({ engine });
  const two = createThumbnailer({ engine: { ...engine, fingerprint: 'fake/2' } });
  const keys = [
    one.key('a'),
    one.key('b'),
    two.key('a'),
    one.key('a', { upright: false }),
    one.key('a', { widthPx: 99 }),
  ];
  expect(new Set(keys).size).toBe(keys.length);
  expect(one.key('a', { quality: 82 })).toBe(one.key('a'));
});

test('one who gives up does not stop the others; when all gave up, the work stops', async () => {
  const door = gate();
  const { engine, asked } = fakeEngine(door.wait);
  const thumbnailer = createThumbnailer({ engine });
  const first = new AbortController();
  const lost = thumbnailer.get(source('a'), {}, { signal: first.signal });
  const kept = thumbnailer.get(source('a'), {}, { signal: new AbortController().signal });
  first.abort();
  await expect(lost).rejects.toThrow(expect.objectContaining({ name: 'AbortError' }));
  door.open();
  expect((await kept).from).toBe('engine');

  const closed = gate();
  const other = createThumbnailer({ engine: fakeEngine(closed.wait).engine });
  const only = new AbortController();
  const gone = other.get(source('b'), {}, { signal: only.signal });
  await delay(5);
  only.abort();
  await expect(gone).rejects.toThrow(expect.objectContaining({ name: 'AbortError' }));
  closed.open();
  expect((await other.get(source('b'))).from).toBe('engine');
  expect(asked).toHaveLength(1);
});

test('interactive goes before backfill, and promotes what it asks for', async () => {
  const door = gate();
  const { engine, asked } = fakeEngine(door.wait);
  const thumbnailer = createThumbnailer({ engine }, { concurrency: 1 });
  const calls = [thumbnailer.get(source('running'), { widthPx: 1 })];
  calls.push(thumbnailer.get(source('back'), { widthPx: 2 }, { priority: 'backfill' }));
  calls.push(thumbnailer.get(source('promoted'), { widthPx: 3 }, { priority: 'backfill' }));
  await delay(1);
  calls.push(thumbnailer.get(source('front'), { widthPx: 4 }));
  await delay(1);
  calls.push(thumbnailer.get(source('promoted'), { widthPx: 3 }));
  await delay(1);
  door.open();
  await Promise.all(calls);
  expect(asked).toEqual(['1', '4', '3', '2']);
});

test('while somebody is about, backfill leaves a core to those who wait', async () => {
  const doors = Array.from({ length: 6 }, gate);
  let rendering = 0;
  const { engine, asked } = fakeEngine(() => doors[rendering++]?.wait() ?? Promise.resolve());
  const thumbnailer = createThumbnailer({ engine: { ...engine, concurrency: 2 } });
  thumbnailer.peek(thumbnailer.key('not there'));
  const backfill = [1, 2, 3].map((widthPx) =>
    thumbnailer.get(source('back'), { widthPx }, { priority: 'backfill' }),
  );
  await delay(1);
  expect(asked).toEqual(['1']);
  // A new picture does not wait behind it, and neither does one that backfill has begun.
  const front = [thumbnailer.get(source('front'), { widthPx: 4 }), thumbnailer.get(source('back'), { widthPx: 3 })];
  await delay(1);
  expect(asked).toEqual(['1', '4']);
  doors[0]?.open();
  await delay(1);
  expect(asked).toEqual(['1', '4', '3']);
  doors.forEach(({ open }) => {
    open();
  });
  await Promise.all([...backfill, ...front]);
  expect(asked).toEqual(['1', '4', '3', '2']);
});

test('a full queue is a typed error, and backfill leaves half of it free', async () => {
  const door = gate();
  const thumbnailer = createThumbnailer({ engine: fakeEngine(door.wait).engine }, { concurrency: 1, maxQueued: 4 });
  const ask = (name: string, priority: 'interactive' | 'backfill') =>
    thumbnailer.get(source(name), {}, { priority });
  const running = ask('running', 'interactive');
  await delay(1);
  const waiting = [ask('b1', 'backfill'), ask('b2', 'backfill')];
  await delay(1);
  await expect(ask('b3', 'backfill')).rejects.toThrow(expect.objectContaining({ code: 'DATAVIS_THUMBS_BUSY' }));
  waiting.push(ask('i1', 'interactive'), ask('i2', 'interactive'));
  await delay(1);
  await expect(ask('i3', 'interactive')).rejects.toThrow(expect.objectContaining({ code: 'DATAVIS_THUMBS_BUSY' }));
  door.open();
  await Promise.all([running, ...waiting]);
  expect(thumbnailer.stats).toMatchObject({ queued: 0, running: 0, rendered: 5 });
});

describe('failures', () => {
  test('what cannot be decoded is remembered by its identity and names its URI', async () => {
    let reads = 0;
    const broken: ThumbnailSource = {
      identity: 'x@1',
      uri: 'mem:/x',
      read: () => {
        reads++;
        return Promise.resolve(Buffer.from('nothing like a picture'));
      },
    };
    const thumbnailer = createThumbnailer({ engine: fakeEngine().engine });
    const error = { code: 'DATAVIS_THUMBS_UNSUPPORTED', place: { uri: 'mem:/x' } };
    await expect(thumbnailer.get(broken)).rejects.toMatchObject(error);
    await expect(thumbnailer.get(broken, { widthPx: 64 })).rejects.toMatchObject(error);
    expect(reads).toBe(1);
    expect((await thumbnailer.get({ ...source('x@2'), uri: 'mem:/x' })).from).toBe('engine');
  });

  test('a failing store is not remembered', async () => {
    let reads = 0;
    const flaky: ThumbnailSource = {
      identity: 'y',
      read: () => (++reads === 1 ? Promise.reject(new Error('socket hang up')) : Promise.resolve(jpeg)),
    };
    const thumbnailer = createThumbnailer({ engine: fakeEngine().engine });
    await expect(thumbnailer.get(flaky)).rejects.toThrow('socket hang up');
    expect((await thumbnailer.get(flaky)).from).toBe('engine');
  });

  test('limits: bytes while reading, pixels before the engine, time', async () => {
    const { engine, asked } = fakeEngine();
    const limits = { maxInputBytes: 2000, maxPixels: 1000, timeoutMs: 20 };
    const thumbnailer = createThumbnailer({ engine }, { limits });
    let released = false;
    const endless: ThumbnailSource = {
      identity: 'endless',
      async *read() {
        try {
          for (;;) yield await Promise.resolve(new Uint8Array(500));
        } finally {
          released = true;
        }
      },
    };
    const tooLarge = expect.objectContaining({ code: 'DATAVIS_THUMBS_TOO_LARGE' }) as Error;
    await expect(thumbnailer.get(endless)).rejects.toThrow(tooLarge);
    expect(released).toBe(true);
    await expect(thumbnailer.get(source('many pixels'))).rejects.toThrow(tooLarge);
    expect(asked).toEqual([]);
    const slow = createThumbnailer(
      { engine: fakeEngine(() => new Promise(() => undefined)).engine },
      { limits: { timeoutMs: 20 } },
    );
    await expect(slow.get(source('slow'))).rejects.toMatchObject({ code: 'DATAVIS_THUMBS_TIMEOUT' });
    const late: ThumbnailSource = { identity: 'late', read: () => delay(60, jpeg) };
    await expect(slow.get(late)).rejects.toMatchObject({ code: 'DATAVIS_THUMBS_TIMEOUT' });
  });

  test('options are checked before anything is read', async () => {
    const thumbnailer = createThumbnailer({ engine: fakeEngine().engine });
    for (const options of [{ widthPx: 0 }, { heightPx: 4097 }, { quality: 75.5 }, { background: 'red' }]) {
      await expect(thumbnailer.get(source('a'), options)).rejects.toMatchObject({ code: 'DATAVIS_THUMBS_OPTIONS' });
    }
    await expect(thumbnailer.get(source('a'), { format: 'avif' })).rejects.toMatchObject({
      code: 'DATAVIS_THUMBS_OPTIONS',
    });
  });
});

test('the memory keeps to its budget; the cache behind it answers for what was dropped', async () => {
  const kept = new Map<string, Thumbnail>();
  let closed = false;
  const cache: ThumbnailCache = {
    get: (key) => kept.get(key),
    put: (key, thumbnail) => void kept.set(key, thumbnail),
    close: () => {
      closed = true;
    },
  };
  const { engine } = fakeEngine();
  const thumbnailer = createThumbnailer({ engine, cache }, { maxMemoryBytes: 5000 });
  for (let i = 0; i < 20; i++) {
    await thumbnailer.get(source(`${i}`));
    expect(thumbnailer.stats.memoryBytes).toBeLessThanOrEqual(5000);
  }
  expect((await thumbnailer.get(source('0'))).from).toBe('cache');
  expect((await thumbnailer.get(source('19'))).from).toBe('memory');
  await thumbnailer.close();
  expect(closed).toBe(true);
  await expect(thumbnailer.get(source('new'))).rejects.toThrow(ThumbsError);
});

test('prefetch makes what is asked for next, and swallows what fails', async () => {
  const thumbnailer = createThumbnailer({ engine: fakeEngine().engine });
  await thumbnailer.prefetch([source('p'), source('bad', Buffer.from('text that is no picture'))]);
  expect((await thumbnailer.get(source('p'))).from).toBe('memory');
});
