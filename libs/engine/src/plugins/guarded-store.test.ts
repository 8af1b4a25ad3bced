import { DataVisError, definePlugin, type ObjectStore } from '@datavis/plugin-sdk';
import { MemoryObjectStore } from '@datavis/storage';
import { describe, expect, test } from 'vitest';
import type { GuardDeps } from './guard.js';
import { guardStore } from './guarded-store.js';
import { normalisePlugin } from './normalise.js';

const warnings: string[] = [];
const log = { debug() {}, info() {}, error() {}, warn: (message: string) => void warnings.push(message) };
const guard: GuardDeps = { log, watchdog: undefined, slowNoticeMs: 5 };
const sound = (): ObjectStore =>
  new MemoryObjectStore({
    root: 'bad://x',
    objects: { 'a.txt': Buffer.from('text'), 'b.txt': Buffer.from('more') },
  });
const never = (): Promise<never> => new Promise(() => undefined);

/** The guarded store of a plugin whose store is sound but for these members. */
async function storeWith(members: object, deadlineMs = 50): Promise<ObjectStore> {
  const plugin = await normalisePlugin(definePlugin({ name: 'bad' }), { deadlineMs });
  const store = sound();
  const methods = ['stat', 'read', 'list', 'write', 'delete', 'close'] as const;
  const bound = Object.fromEntries(methods.map((name) => [name, store[name].bind(store)]));
  const { root, capabilities } = store;
  return guardStore(guard, plugin, 'bad', { root, capabilities, ...bound, ...members });
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

test('a sound store is as it was', async () => {
  const store = await storeWith({});
  expect(store.root).toBe('bad://x');
  expect(await store.stat('a.txt')).toEqual(await sound().stat('a.txt'));
  expect(await store.stat('none')).toBeUndefined();
  expect(Buffer.concat(await all(store.read('a.txt', { start: 1 }))).toString()).toBe('ext');
  expect((await all(store.list(''))).map(({ key }) => key)).toEqual(['a.txt', 'b.txt']);
  await store.write('c.txt', Buffer.from('c'));
  await store.delete('a.txt');
  expect((await all(store.list(''))).map(({ key }) => key)).toEqual(['b.txt', 'c.txt']);
  await store.close();
});

test.each([
  ['nothing', undefined, 'gave undefined'],
  ['a text', 'store', 'gave "store"'],
  ['one without a root', { root: undefined }, 'gave an object whose root is undefined, not a text'],
  ['one without list', { list: undefined }, 'gave an object whose list is undefined, not a method'],
  [
    'one that does not say what it can',
    { capabilities: {} },
    'gave an object whose capabilities.write is undefined',
  ],
])('open that gives %s is refused by name', async (_, opened, message) => {
  const opening =
    typeof opened === 'object'
      ? storeWith(opened)
      : normalisePlugin(definePlugin({ name: 'bad' })).then((plugin) => guardStore(guard, plugin, 'bad', opened));
  await expect(opening).rejects.toMatchObject({
    code: 'DATAVIS_PLUGIN_OUTPUT',
    plugin: 'bad',
    message: expect.stringContaining(`bad.open of bad:// ${message}`) as string,
  });
});

type Call = (store: ObjectStore) => Promise<unknown>;
const CALL: Readonly<Record<'stat' | 'read' | 'list' | 'write' | 'delete' | 'close', Call>> = {
  stat: (store) => store.stat('a.txt'),
  read: (store) => all(store.read('a.txt')),
  list: (store) => all(store.list('')),
  write: (store) => store.write('c.txt', Buffer.from('c')),
  delete: (store) => store.delete('a.txt'),
  close: (store) => store.close(),
};

describe.each(Object.entries(CALL))('%s', (name, call) => {
  test.each([
    ['an error', new Error('boom'), 'boom'],
    ['a text', 'boom', 'boom'],
    ['nothing', undefined, 'undefined'],
    ['what cannot be shown', Object.create(null) as object, 'something that cannot be shown (object)'],
  ])('that throws %s is named', async (_, thrown, message) => {
    const fail = (): unknown => {
      // eslint-disable-next-line @typescript-eslint/only-throw-error -- what the host has to live with
      throw thrown;
    };
    await expect(call(await storeWith({ [name]: fail }))).rejects.toMatchObject({
      code: 'DATAVIS_PLUGIN_HOOK_FAILED',
      plugin: 'bad',
      message: `bad.${name} of bad:// failed: ${message}`,
    });
  });

  test('that hangs is told of, and ends at the deadline', async () => {
    warnings.length = 0;
    const hang =
      name === 'read' || name === 'list' ? () => ({ [Symbol.asyncIterator]: () => ({ next: never }) }) : never;
    await expect(call(await storeWith({ [name]: hang }))).rejects.toMatchObject({
      code: 'DATAVIS_PLUGIN_TIMEOUT',
      message: `bad.${name} of bad:// did not settle within 50 ms`,
    });
    expect(warnings).toEqual([`bad.${name} of bad:// has been running for 0.005 s`]);
  });

  test('passes on what the port names', async () => {
    const gone = new DataVisError('DATAVIS_STORAGE_NOT_FOUND', 'gone');
    const fail = (): unknown => {
      throw gone;
    };
    await expect(call(await storeWith({ [name]: fail }))).rejects.toBe(gone);
  });
});

test.each<[name: keyof typeof CALL, member: () => unknown, message: string]>([
  ['stat', () => Promise.resolve(5), 'gave 5'],
  ['stat', () => Promise.resolve(null), 'gave null'],
  ['stat', () => Promise.resolve({ key: 'a', version: '1' }), 'gave an object whose size is undefined'],
  ['stat', () => Promise.resolve({ key: 'a', size: -1, version: '1' }), 'gave an object whose size is -1'],
  ['read', () => Promise.resolve(Buffer.from('x')), 'gave an object, which is no async iterable'],
  ['read', () => undefined, 'gave undefined, which is no async iterable'],
  ['read', () => ({ [Symbol.asyncIterator]: () => ({ next: () => 5 }) }), 'gave a step that is 5'],
  ['list', () => ['a.txt'], 'gave a list, which is no async iterable'],
  ['write', () => Promise.resolve(), 'gave undefined'],
])('%s that gives %s is refused by name', async (name, member, message) => {
  await expect(CALL[name](await storeWith({ [name]: member }))).rejects.toMatchObject({
    code: 'DATAVIS_PLUGIN_OUTPUT',
    plugin: 'bad',
    message: expect.stringContaining(`bad.${name} of bad:// ${message}`) as string,
  });
});

/** A stream of `count` good items and then something else. */
const after = (items: readonly unknown[], end: () => unknown): (() => AsyncGenerator) =>
  async function* () {
    yield* items;
    yield await end();
  };

describe('in the middle of a stream', () => {
  const chunk = Buffer.from('te');
  const entry = { kind: 'object', key: 'a.txt', size: 1, version: '1' };
  const boom = (): never => {
    throw new Error('cut off');
  };

  test.each([
    ['read', after([chunk], () => 'xt'), 'OUTPUT', 'gave "xt" for bytes'],
    ['read', after([chunk], boom), 'HOOK_FAILED', 'failed: cut off'],
    ['read', after([chunk], never), 'TIMEOUT', 'did not settle within 50 ms'],
    ['list', after([entry], () => 'b.txt'), 'OUTPUT', 'gave an entry that is no object and no prefix'],
    ['list', after([entry], () => ({ ...entry, size: '1' })), 'OUTPUT', 'gave an object whose size is "1"'],
    ['list', after([entry], boom), 'HOOK_FAILED', 'failed: cut off'],
    ['list', after([entry], never), 'TIMEOUT', 'did not settle within 50 ms'],
  ] as const)('%s: %s', async (name, member, code, message) => {
    const store = await storeWith({ [name]: member });
    const seen: unknown[] = [];
    const reading = async (): Promise<void> => {
      for await (const item of name === 'read' ? store.read('a.txt') : store.list('')) seen.push(item);
    };
    await expect(reading()).rejects.toMatchObject({
      code: `DATAVIS_PLUGIN_${code}`,
      plugin: 'bad',
      message: expect.stringContaining(`bad.${name} of bad:// ${message}`) as string,
    });
    expect(seen).toHaveLength(1);
  });

  test('an abort ends one that stalls, with its reason', async () => {
    const abort = new AbortController();
    const store = await storeWith({ read: after([chunk], never) }, 60_000);
    const reading = expect(all(store.read('a.txt', { signal: abort.signal }))).rejects.toBe('enough');
    abort.abort('enough');
    await reading;
  });

  test('breaking out of the loop ends the plugin’s own stream first', async () => {
    let isReleased = false;
    async function* read(): AsyncGenerator<Uint8Array> {
      try {
        for (;;) yield await Promise.resolve(chunk);
      } finally {
        await Promise.resolve();
        isReleased = true;
      }
    }
    for await (const one of (await storeWith({ read })).read('a.txt')) {
      expect(one).toBe(chunk);
      break;
    }
    expect(isReleased).toBe(true);
  });
});
