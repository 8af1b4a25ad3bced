import { deepStrictEqual, rejects } from 'node:assert/strict';
import { codeOf, collect, handlesReleased, keys, patterned, rejectsWith, sameBytes, statOf } from './harness.js';
import type { ReadCheck } from './harness.js';

const MIB = 1_048_576;
const SMALL = patterned(10, 2);
const LARGE = patterned(3 * MIB + 17, 3);

export const READ_OBJECTS: ReadonlyMap<string, Uint8Array> = new Map([
  ['empty', new Uint8Array(0)],
  ['small', SMALL],
  ['folder/large', LARGE],
]);

const edges = [0, 1, 2, MIB - 1, MIB, MIB + 1, 2 * MIB, LARGE.length - 1, LARGE.length, LARGE.length + 5];

export const readChecks: Readonly<Record<string, ReadCheck>> = {
  'stat tells size and a steady version': async ({ store }) => {
    const stat = await statOf(store, 'folder/large');
    deepStrictEqual([stat.key, stat.size], ['folder/large', LARGE.length]);
    deepStrictEqual((await statOf(store, 'folder/large')).version, stat.version);
    deepStrictEqual((await statOf(store, 'empty')).size, 0);
  },
  'stat of what is not there, or is a folder, is undefined': async ({ store }) => {
    for (const key of ['nothing', 'folder', 'folder/nothing', 'small/below', 'Small ']) {
      deepStrictEqual(await store.stat(key), undefined, key);
    }
  },
  'read gives every byte in order': async ({ store }) => {
    for (const [key, bytes] of READ_OBJECTS) sameBytes(await collect(store.read(key)), bytes, key);
  },
  'read of what is not there is NOT_FOUND': async ({ store }) => {
    for (const key of ['nothing', 'folder', 'folder/nothing', 'small/below']) {
      await rejectsWith(collect(store.read(key)), 'DATAVIS_STORAGE_NOT_FOUND');
    }
  },
  'every range of a small object': async ({ store }) => {
    for (let start = 0; start <= 12; start++) {
      for (let end = start; end <= 12; end++) {
        sameBytes(
          await collect(store.read('small', { start, end })),
          SMALL.subarray(start, end),
          `${start}-${end}`,
        );
      }
      sameBytes(await collect(store.read('small', { start })), SMALL.subarray(start), `${start}-`);
    }
    deepStrictEqual((await collect(store.read('empty', { start: 0, end: 5 }))).length, 0);
    deepStrictEqual((await collect(store.read('small', { start: 5, end: 3 }))).length, 0, 'end before start');
  },
  'ranges around the edges of megabytes': async ({ store }) => {
    for (const start of edges) {
      for (const end of edges.filter((edge) => edge >= start)) {
        const got = await collect(store.read('folder/large', { start, end }));
        sameBytes(got, LARGE.subarray(start, end), `${start}-${end}`);
      }
    }
  },
  'a range that is no range is refused': async ({ store }) => {
    for (const range of [{ start: -1 }, { start: 0.5 }, { end: Number.NaN }, { end: -1 }]) {
      await rejects(collect(store.read('small', range)), RangeError, JSON.stringify(range));
    }
  },
  'a version that is not there any more is CHANGED': async ({ store }) => {
    const { version } = await statOf(store, 'small');
    sameBytes(await collect(store.read('small', { version })), SMALL, 'small');
    await rejectsWith(collect(store.read('small', { version: `${version}1` })), 'DATAVIS_STORAGE_CHANGED');
  },
  'chunks are the caller’s to keep, change and transfer': async ({ store }) => {
    for await (const chunk of store.read('folder/large')) {
      const { buffer } = chunk;
      chunk.fill(0);
      if (buffer instanceof ArrayBuffer && chunk.byteLength === buffer.byteLength) {
        structuredClone(buffer, { transfer: [buffer] });
      }
    }
    sameBytes(await collect(store.read('folder/large')), LARGE, 'after the chunks were changed');
  },
  'an abort before the call rejects with its reason': async ({ store }) => {
    const reason = new Error('before');
    const signal = AbortSignal.abort(reason);
    const gave = (error: unknown): boolean => error === reason;
    await rejects(store.stat('small', { signal }), gave);
    await rejects(collect(store.read('small', { signal })), gave);
    if (store.capabilities.list) await rejects(keys(store.list('', { signal })), gave);
    if (store.capabilities.write) await rejects(store.write('new', SMALL, { signal }), gave);
  },
  'an abort in mid-body rejects with its reason and releases': async (subject) => {
    const reason = new Error('mid-body');
    const controller = new AbortController();
    let got = 0;
    const read = async (): Promise<void> => {
      for await (const chunk of subject.store.read('folder/large', { signal: controller.signal })) {
        got += chunk.length;
        controller.abort(reason);
      }
    };
    await rejects(read(), (error: unknown) => error === reason);
    deepStrictEqual(got > 0 && got < LARGE.length, true, `got ${got} bytes`);
    await handlesReleased(subject);
  },
  'an early break releases the file or socket': async (subject) => {
    for (let round = 0; round < 40; round++) {
      for await (const chunk of subject.store.read('folder/large')) {
        deepStrictEqual(chunk.length > 0, true);
        break;
      }
    }
    await handlesReleased(subject);
    sameBytes(await collect(subject.store.read('small')), SMALL, 'small');
  },
  'an iterable that nobody iterates holds nothing': async (subject) => {
    for (let round = 0; round < 10; round++) subject.store.read('folder/large');
    await handlesReleased(subject);
  },
  'concurrent reads do not mix': async (subject) => {
    const reads = Array.from({ length: 24 }, async (_, i) => {
      const [key, bytes] = [...READ_OBJECTS][i % READ_OBJECTS.size] ?? ['', SMALL];
      const start = i * 3;
      sameBytes(await collect(subject.store.read(key, { start })), bytes.subarray(start), `${key} from ${start}`);
    });
    await Promise.all(reads);
    await handlesReleased(subject);
  },
  'no key leads out of the root': async ({ store }) => {
    for (const key of [
      '..',
      '../small',
      '../../etc/passwd',
      '/etc/passwd',
      'folder/../../etc/passwd',
      'a\0b',
      '',
    ]) {
      const code = await codeOf(collect(store.read(key)));
      deepStrictEqual(
        ['DATAVIS_STORAGE_NOT_FOUND', 'DATAVIS_STORAGE_FORBIDDEN'].includes(code),
        true,
        `${key}: ${code}`,
      );
    }
  },
  'a key is never normalised': async ({ store }) => {
    for (const key of ['./small', 'folder//large', 'folder/./large', '/small', 'small/', 'folder/../small']) {
      const code = await codeOf(collect(store.read(key)));
      deepStrictEqual(
        ['DATAVIS_STORAGE_NOT_FOUND', 'DATAVIS_STORAGE_FORBIDDEN'].includes(code),
        true,
        `${key}: ${code}`,
      );
    }
  },
};

/** Only for stores whose `replace` can change an object behind their back. */
export const changeChecks: Readonly<Record<string, ReadCheck>> = {
  'an object replaced in mid-read is never mixed': async (subject) => {
    const next = patterned(LARGE.length, 99);
    const parts: Uint8Array[] = [];
    let replaced = false;
    const read = async (): Promise<void> => {
      for await (const chunk of subject.store.read('folder/large')) {
        parts.push(chunk);
        if (!replaced) await subject.replace?.('folder/large', next);
        replaced = true;
      }
    };
    const code = await codeOf(read());
    if (code === 'no error') sameBytes(Buffer.concat(parts), LARGE, 'the version the read began with');
    else deepStrictEqual(code, 'DATAVIS_STORAGE_CHANGED');
    sameBytes(await collect(subject.store.read('folder/large')), next, 'the new object');
  },
  'a replaced object has another version': async (subject) => {
    const before = await statOf(subject.store, 'small');
    await subject.replace?.('small', patterned(11, 7));
    const after = await statOf(subject.store, 'small');
    deepStrictEqual([after.size, after.version === before.version], [11, false]);
    await rejectsWith(collect(subject.store.read('small', { version: before.version })), 'DATAVIS_STORAGE_CHANGED');
  },
};
