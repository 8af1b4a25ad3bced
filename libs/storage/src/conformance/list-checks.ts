import { deepStrictEqual, rejects } from 'node:assert/strict';
import { collect, entries, handlesReleased, keys, patterned, sameBytes, statOf } from './harness.js';
import type { ReadCheck } from './harness.js';

/** Names that real datasets hold, and names that break careless code. All are legal. */
export const ODD_KEYS: readonly string[] = [
  ' leading and trailing blank ',
  'a b/c d.jpg',
  '..jpg',
  '...',
  '.hidden',
  'a..b/..c',
  '100%.jpg',
  '%2e%2e/%2fetc.jpg',
  'back\\slash.jpg',
  'c#d?e&f=g+h.jpg',
  'a:b;c,d.jpg',
  '[x]*{y}.jpg',
  'quote\'"`.jpg',
  '~$lock.json',
  '-rf',
  'UPPER.JPG',
  'upper.jpg',
  'caf\u00e9.jpg',
  'cafe\u0301.jpg',
  '\u6771\u4eac/\u306d\u3053.jpg',
  '\u{1f40d}\u{1f41f}.png',
  '\uff21.png',
  'line\nbreak.txt',
  `${'long'.repeat(50)}.jpg`,
];

const TREE = ['a', 'a-b', 'a/1', 'a/2/x', 'a/2/y', 'a0', 'b/1', 'b/\u{1f600}', 'b/\uffee', 'c'];

export const TREE_OBJECTS: ReadonlyMap<string, Uint8Array> = new Map(
  // A file and a folder of one name cannot both be on a disk.
  TREE.filter((key) => key !== 'a').map((key, i) => [key, patterned(i, i + 1)]),
);

const utf8 = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));
const sorted = [...TREE_OBJECTS.keys()].sort(utf8);

export const listChecks: Readonly<Record<string, ReadCheck>> = {
  'list gives all keys in UTF-8 byte order, each with what stat says': async ({ store }) => {
    const listed = await entries(store.list(''));
    deepStrictEqual(
      listed.map((entry) => entry.key),
      sorted,
    );
    for (const entry of listed) {
      const stat = await statOf(store, entry.key);
      if (entry.kind !== 'object') throw new Error(`${entry.key} is a ${entry.kind}`);
      deepStrictEqual([entry.size, entry.version], [stat.size, stat.version]);
    }
  },
  'a prefix is a piece of text, not a folder': async ({ store }) => {
    for (const prefix of ['a', 'a/', 'a/2', 'a/2/', 'a-', 'b/', 'nothing', 'nothing/below', 'c', 'c/']) {
      deepStrictEqual(
        await keys(store.list(prefix)),
        sorted.filter((key) => key.startsWith(prefix)),
        prefix,
      );
    }
  },
  'a delimiter folds what lies deeper': async ({ store }) => {
    const level = async (prefix: string): Promise<string[]> =>
      (await entries(store.list(prefix, { delimiter: '/' }))).map((entry) => `${entry.kind} ${entry.key}`);
    deepStrictEqual(await level(''), ['object a-b', 'prefix a/', 'object a0', 'prefix b/', 'object c']);
    deepStrictEqual(await level('a/'), ['object a/1', 'prefix a/2/']);
    deepStrictEqual(await level('a/2'), ['prefix a/2/']);
    deepStrictEqual(await level('b'), ['prefix b/']);
  },
  'after leaves out what comes before, at every key': async ({ store }) => {
    for (const after of [...sorted, 'a/2', 'a/', 'a/2/x0', 'zz']) {
      const expected = sorted.filter((key) => utf8(key, after) > 0);
      deepStrictEqual(await keys(store.list('', { after })), expected, after);
    }
    const folded = await keys(store.list('', { delimiter: '/', after: 'a/' }));
    deepStrictEqual(folded, ['a0', 'b/', 'c']);
  },
  'a prefix that leads out of the root lists nothing': async ({ store }) => {
    for (const prefix of ['../', '/', 'a/../', '..', './'])
      deepStrictEqual(await keys(store.list(prefix)), [], prefix);
  },
  'an early break of a listing releases': async (subject) => {
    for (let round = 0; round < 20; round++) {
      for await (const entry of subject.store.list('')) {
        deepStrictEqual(entry.key, sorted[0]);
        break;
      }
    }
    await handlesReleased(subject);
  },
};

export const longListChecks: Readonly<Record<string, ReadCheck>> = {
  'a long listing gives every key once, in order': async ({ store }) => {
    const all = await keys(store.list(''));
    deepStrictEqual(all.length, new Set(all).size);
    for (let i = 1; i < all.length; i++) deepStrictEqual(utf8(all[i - 1] ?? '', all[i] ?? '') < 0, true, all[i]);
    const half = all[Math.floor(all.length / 2)] ?? '';
    const rest = await keys(store.list('', { after: half }));
    deepStrictEqual(rest.length, all.length - Math.floor(all.length / 2) - 1);
  },
  'an abort in mid-listing rejects with its reason': async ({ store }) => {
    const reason = new Error('mid-listing');
    const controller = new AbortController();
    const list = async (): Promise<void> => {
      let seen = 0;
      for await (const entry of store.list('', { signal: controller.signal })) {
        if (++seen === 3) controller.abort(reason);
        if (seen > 1_500) throw new Error(`went on to ${entry.key}`);
      }
    };
    await rejects(list(), (error: unknown) => error === reason);
  },
};

/** Over `ODD_KEYS` without those the place cannot hold. */
export function oddKeyCheck(objects: ReadonlyMap<string, Uint8Array>): ReadCheck {
  return async ({ store }) => {
    for (const [key, bytes] of objects) {
      sameBytes(await collect(store.read(key)), bytes, key);
      deepStrictEqual((await statOf(store, key)).key, key);
    }
    if (!store.capabilities.list) return;
    deepStrictEqual(await keys(store.list('')), [...objects.keys()].sort(utf8));
  };
}
