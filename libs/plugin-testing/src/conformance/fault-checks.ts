import { deepStrictEqual, ok } from 'node:assert/strict';
import { isDataVisError, type ObjectStore } from '@datavis/plugin-sdk';
import type { CocoFixture } from '../fixture.js';
import { createTestHost } from '../test-host.js';
import type { CheckSpec, Subject } from './check.js';
import { newHandles, openHandles } from './handles.js';
import { batchesOf, Replay } from './replay.js';

const SETTLE_LIMIT_MS = 1000;
const CLOSE_LIMIT_MS = 5000;

const BATCH_ROWS = 20;

/** Numbers of the batches that are the first of their table, and of the last one. */
async function turningPoints(fixture: CocoFixture): Promise<readonly number[]> {
  const tables: string[] = [];
  for await (const { table } of batchesOf(fixture, { batchRows: BATCH_ROWS })) tables.push(table);
  return [...tables.keys()].filter((at) => tables[at] !== tables[at - 1] || at === tables.length - 1);
}

/** Aborts an import at its batch number `at`: before the hooks get it, or while they have it. */
async function abortAt({ entry, fixture }: Subject, at: number, isDuring: boolean): Promise<void> {
  const abort = new AbortController();
  const replay = await Replay.open(entry);
  let seen = 0;
  try {
    const run = await replay.begin(abort.signal);
    try {
      for await (const batch of batchesOf(fixture, { batchRows: BATCH_ROWS })) {
        const isLast = seen++ === at;
        if (isLast && !isDuring) abort.abort();
        const startedMs = performance.now();
        const taken = run.take(batch);
        if (isLast) abort.abort();
        await taken.finally(() => {
          const elapsedMs = performance.now() - startedMs;
          if (isLast)
            ok(elapsedMs < SETTLE_LIMIT_MS, `a hook went on for ${elapsedMs.toFixed(0)} ms after the abort`);
        });
      }
    } catch (error) {
      if (!abort.signal.aborted || error !== abort.signal.reason) throw error;
    }
    await replay.fail(run, abort.signal.reason);
  } finally {
    const startedMs = performance.now();
    await replay.close();
    const elapsedMs = performance.now() - startedMs;
    ok(elapsedMs < CLOSE_LIMIT_MS, `the disposer took ${elapsedMs.toFixed(0)} ms`);
  }
}

/** What a plugin asks its host for in one import: more would take long, and a plugin that asks for each row says so soon. */
const MAX_FAULTS = 12;
/** Where the host itself reads the dataset from. */
const OF_THE_HOST = 'mem://dataset-';

/** Imports while the `k`-th thing that the plugin asks of database and stores fails. Returns false where it asks for fewer. */
async function surfacesFault({ entry, fixture }: Subject, k: number): Promise<boolean> {
  let calls = 0;
  const host = await createTestHost({ plugins: [entry] });
  const count = (): void => {
    if (++calls === k) throw new Error('fault of the test');
  };
  const failing =
    <A extends unknown[], R>(original: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      count();
      return original(...args);
    };
  try {
    const [loaded] = host.host.order.plugins;
    const { db, storage } = await host.host.contextOf(loaded?.name ?? '');
    db.query = failing(db.query.bind(db)) as typeof db.query;
    db.exec = failing(db.exec.bind(db));
    const open = storage.open.bind(storage);
    storage.open = async (uri, options) => {
      if (uri.startsWith(OF_THE_HOST)) return open(uri, options);
      return failingStore(await failing(open)(uri, options), failing, count);
    };
    const run = await host.ingest(fixture);
    if (calls < k) return false;
    const isSaid = isDataVisError(run.error) || host.logs.some(({ level }) => level === 'error');
    ok(isSaid, `call ${k} of database and stores failed in an import, and the plugin swallowed that`);
    return true;
  } finally {
    await host.close();
  }
}

type Failing = <A extends unknown[], R>(original: (...args: A) => Promise<R>) => (...args: A) => Promise<R>;

function failingStore(store: ObjectStore, failing: Failing, count: () => void): ObjectStore {
  const stream = <A extends unknown[], T>(original: (...args: A) => AsyncIterable<T>) =>
    async function* (...args: A): AsyncGenerator<T> {
      count();
      yield* original(...args);
    };
  return {
    root: store.root,
    capabilities: store.capabilities,
    stat: failing(store.stat.bind(store)),
    read: stream(store.read.bind(store)),
    list: stream(store.list.bind(store)),
    write: failing(store.write.bind(store)),
    delete: failing(store.delete.bind(store)),
    close: store.close.bind(store),
  };
}

/** Checks of what a plugin does when something goes wrong around it. */
export const faultChecks: readonly CheckSpec[] = [
  {
    name: 'abort-anywhere',
    title: 'an abort at any batch settles within a second, and leaves no timer, socket or watcher',
    async run(subject) {
      const before = openHandles();
      for (const at of await turningPoints(subject.fixture)) {
        await abortAt(subject, at, false);
        await abortAt(subject, at, true);
      }
      deepStrictEqual(await newHandles(before), [], 'undo in onIngestError what onIngestStart did');
    },
  },
  {
    name: 'faults-surface',
    title: 'when a statement or a read of the plugin fails, it surfaces as an error with the plugin’s name',
    async run(subject) {
      for (let k = 1; k <= MAX_FAULTS; k++) if (!(await surfacesFault(subject, k))) return;
    },
  },
];
