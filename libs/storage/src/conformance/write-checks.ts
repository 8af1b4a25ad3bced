import { deepStrictEqual, rejects } from 'node:assert/strict';
import { collect, entries, keys, patterned, rejectsWith, sameBytes, statOf } from './harness.js';
import type { ReadCheck } from './harness.js';

const OLD = patterned(100, 4);
const NEW = patterned(3_000_001, 5);

export const WRITE_OBJECTS: ReadonlyMap<string, Uint8Array> = new Map([['old', OLD]]);

async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) {
    await Promise.resolve();
    yield bytes.slice(at, at + size);
  }
}

async function* failing(bytes: Uint8Array, error: Error): AsyncGenerator<Uint8Array> {
  yield* pieces(bytes, 65_536);
  throw error;
}

export const writeChecks: Readonly<Record<string, ReadCheck>> = {
  'write of bytes and of a stream, new folders included': async ({ store }) => {
    const written = await store.write('x/y/bytes', OLD, { contentType: 'application/octet-stream' });
    deepStrictEqual([written.key, written.size], ['x/y/bytes', OLD.length]);
    deepStrictEqual((await statOf(store, 'x/y/bytes')).version, written.version);
    await store.write('stream', pieces(NEW, 100_000));
    await store.write('nothing in it', new Uint8Array(0));
    await store.write('no pieces', pieces(new Uint8Array(0), 1));
    sameBytes(await collect(store.read('x/y/bytes')), OLD, 'bytes');
    sameBytes(await collect(store.read('stream')), NEW, 'stream');
    deepStrictEqual(await keys(store.list('no')), ['no pieces', 'nothing in it']);
  },
  'pieces of every size arrive': async ({ store }) => {
    const body = NEW.subarray(0, 700_000);
    for (const size of [1_000, 65_536, 262_144, 262_145, 700_000]) {
      await store.write('pieces', pieces(body, size));
      sameBytes(await collect(store.read('pieces')), body, `pieces of ${size}`);
    }
  },
  'a write over an object gives a new version': async ({ store }) => {
    const before = await statOf(store, 'old');
    const written = await store.write('old', NEW);
    deepStrictEqual(written.version === before.version, false);
    sameBytes(await collect(store.read('old')), NEW, 'old');
  },
  'ifVersion null writes only where there is nothing': async ({ store }) => {
    await rejectsWith(store.write('old', NEW, { ifVersion: null }), 'DATAVIS_STORAGE_CHANGED');
    sameBytes(await collect(store.read('old')), OLD, 'old');
    await store.write('first', NEW, { ifVersion: null });
    sameBytes(await collect(store.read('first')), NEW, 'first');
  },
  'ifVersion writes only over that version': async ({ store }) => {
    const { version } = await statOf(store, 'old');
    await rejectsWith(store.write('old', NEW, { ifVersion: `${version}1` }), 'DATAVIS_STORAGE_CHANGED');
    await rejectsWith(store.write('none', NEW, { ifVersion: version }), 'DATAVIS_STORAGE_CHANGED');
    const written = await store.write('old', NEW, { ifVersion: version });
    await rejectsWith(store.write('old', OLD, { ifVersion: version }), 'DATAVIS_STORAGE_CHANGED');
    deepStrictEqual((await statOf(store, 'old')).version, written.version);
    deepStrictEqual(await store.stat('none'), undefined);
  },
  'of two writes that both want to be first, one is': async ({ store }) => {
    const both = await Promise.allSettled([
      store.write('raced', OLD, { ifVersion: null }),
      store.write('raced', NEW, { ifVersion: null }),
    ]);
    deepStrictEqual(both.map((one) => one.status).sort(), ['fulfilled', 'rejected']);
    sameBytes(await collect(store.read('raced')), both[0].status === 'fulfilled' ? OLD : NEW, 'raced');
  },
  'a body that fails leaves the old object and no trace': async ({ store }) => {
    const error = new Error('the body failed');
    await rejects(store.write('old', failing(NEW, error)), (thrown: unknown) => thrown === error);
    await rejects(store.write('new/one', failing(NEW, error)), (thrown: unknown) => thrown === error);
    sameBytes(await collect(store.read('old')), OLD, 'old');
    deepStrictEqual(await keys(store.list('')), ['old']);
  },
  'an aborted write leaves the old object and no trace': async ({ store }) => {
    const reason = new Error('aborted write');
    const controller = new AbortController();
    async function* body(): AsyncGenerator<Uint8Array> {
      yield NEW.slice(0, 500_000);
      controller.abort(reason);
      yield NEW.slice(500_000);
    }
    await rejects(store.write('old', body(), { signal: controller.signal }), (error: unknown) => error === reason);
    sameBytes(await collect(store.read('old')), OLD, 'old');
    deepStrictEqual(await keys(store.list('')), ['old']);
  },
  'a reader sees the old object or the new one, never a part': async ({ store }) => {
    const versions = [OLD, NEW, patterned(1_500_000, 8)];
    const state = { writing: true };
    const write = async (): Promise<void> => {
      for (let round = 0; round < 6; round++) await store.write('old', pieces(versions[round % 3] ?? OLD, 200_000));
    };
    const writer = write().finally(() => (state.writing = false));
    while (state.writing) {
      const { size, version } = await statOf(store, 'old');
      const read = collect(store.read('old', { version }));
      const got = await read.catch(() => undefined); // CHANGED is as good an answer.
      if (got !== undefined) deepStrictEqual([got.length, versions.some((one) => got.equals(one))], [size, true]);
    }
    await writer;
  },
  'delete removes, and is content where there is nothing': async ({ store }) => {
    await store.delete('old');
    await store.delete('old');
    await store.delete('never/was');
    deepStrictEqual([await store.stat('old'), await entries(store.list(''))], [undefined, []]);
  },
  'a name that looks like a way out is refused, or just a name': async ({ store }) => {
    await rejects(store.write('', OLD), 'an empty name');
    for (const key of ['../outside', 'a/../../outside']) {
      const written = await store.write(key, OLD).catch(() => undefined);
      deepStrictEqual(await keys(store.list('')), written === undefined ? ['old'] : [key, 'old'].sort());
      if (written !== undefined) await store.delete(key);
      else await rejects(store.delete(key), key);
    }
    deepStrictEqual(await keys(store.list('')), ['old']);
  },
};

export const readOnlyChecks: Readonly<Record<string, ReadCheck>> = {
  'write and delete are READ_ONLY': async ({ store }) => {
    await rejectsWith(store.write('old', NEW), 'DATAVIS_STORAGE_READ_ONLY');
    await rejectsWith(store.delete('old'), 'DATAVIS_STORAGE_READ_ONLY');
    sameBytes(await collect(store.read('old')), OLD, 'old');
  },
};
