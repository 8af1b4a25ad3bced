import { definePlugin, type Logger, type Plugin, type SqlConnection, type SqlDatabase } from '@datavis/plugin-sdk';
import { createObjectStoreResolver } from '@datavis/storage';
import { openDuckDb } from '@datavis/storage/duckdb-node';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { createPluginHost, type PluginHost } from './host.js';
import { runOperation } from './operations.js';
import { registerSchemes } from './storage-schemes.js';

// Misbehaviour beside the batches of an import: in setup, migrations, operations, stores. The host says whose it is, and goes on.

let database: SqlDatabase;
let connection: SqlConnection;
let host: PluginHost | undefined;
const lines: string[] = [];
const note = (message: string): void => void lines.push(message);
const log: Logger = { debug() {}, info() {}, warn: note, error: note };

beforeEach(async () => {
  lines.length = 0;
  database = await openDuckDb(':memory:', { threads: 1 });
  connection = await database.connect();
});
afterEach(async () => {
  await host?.close();
  host = undefined;
  await database.close();
});

async function start(...plugins: readonly Plugin[]): Promise<PluginHost> {
  const stores = createObjectStoreResolver({ schemes: {} });
  host = await createPluginHost(plugins, { database, stores, hostVersion: '0.1.0', log });
  return host;
}

const never = (): Promise<never> => new Promise(() => undefined);
const sound = definePlugin({ name: 'sound' });

describe('setup', () => {
  test.each([
    ['an object', { dispose() {} }],
    ['a number', 5],
  ])('that returns %s leaves behind what nobody will undo: quarantine', async (what, returned) => {
    const running = await start(definePlugin({ name: 'bad', setup: () => returned as never }), sound);
    await running.ready();
    expect(running.statuses()).toMatchObject([
      {
        state: 'quarantined',
        error: {
          code: 'DATAVIS_PLUGIN_OUTPUT',
          message: `bad.setup returned ${what === 'an object' ? what : '5'}`,
          hint: 'Return a function that undoes what setup did, or nothing.',
        },
      },
      { state: 'ready' },
    ]);
  });

  test('that hangs holds up nobody who stops waiting, and not the end of the host', async () => {
    const running = await start(definePlugin({ name: 'bad', setup: never }), sound);
    const abort = new AbortController();
    const waiting = [
      running.contextOf('sound', abort.signal),
      running.beginRun({
        runId: '1',
        sourceKey: 1n,
        dataset: { name: 'd', uri: 'mem://d' },
        startedAt: new Date(0),
        signal: abort.signal,
      }),
    ].map((one) => expect(one).rejects.toBe('enough'));
    abort.abort('enough');
    await Promise.all(waiting);
    await running.close();
    host = undefined;
  });
});

test('options that nothing checks are said to the user', async () => {
  await start(definePlugin({ name: 'bare' })({ minArea: 4 }));
  expect(lines).toEqual(['bare declares no config: its options (minArea) are passed on unchecked']);
});

describe('migrations', () => {
  const keeper = (...ups: readonly string[]): Plugin =>
    definePlugin({ name: 'keeper', migrations: ups.map((up, index) => ({ id: `00${index + 1}`, up })) });
  const tables = async (): Promise<unknown[]> => {
    const rows = await connection.all(
      "SELECT table_name FROM information_schema.tables WHERE table_schema = 'plg_keeper' ORDER BY 1",
    );
    return rows.map(({ table_name }) => table_name);
  };
  const GOOD = 'CREATE TABLE a (n INT)';

  test('one that fails half way is named, leaves nothing, and is tried again; those before it stay', async () => {
    const running = await start(
      keeper(GOOD, 'CREATE TABLE b (n INT); INSERT INTO nowhere VALUES (1)', 'CREATE TABLE c (n INT)'),
    );
    await running.ready();
    expect(running.statuses()[0]?.error).toMatchObject({
      code: 'DATAVIS_PLUGIN_MIGRATION',
      plugin: 'keeper',
      message: expect.stringMatching(
        /^keeper: migration "002" failed, and nothing of it stays: .*nowhere/,
      ) as string,
    });
    expect(await tables()).toEqual(['a']);
    await running.close();
    await (await start(keeper(GOOD, 'CREATE TABLE b (n INT)', 'CREATE TABLE c (n INT)'))).ready();
    expect(await tables()).toEqual(['a', 'b', 'c']);
  });

  test.each([
    ['CREATE TABLE b (n INT); COMMIT; SELECT nonsense', 'no statement of a migration: COMMIT'],
    ['DROP TABLE main.images', '"main.images" is not in plg_keeper'],
    ['DELETE FROM images', 'images'],
    ["ATTACH 'x.db'", 'no statement of a migration'],
  ])('%s: refused, as it reaches beyond the own schema', async (up, message) => {
    await connection.run('CREATE TABLE images (id BIGINT); INSERT INTO images VALUES (1)');
    const running = await start(keeper(GOOD, up));
    await running.ready();
    expect(running.statuses()[0]?.error?.message).toContain(message);
    expect(await tables()).toEqual(['a']);
    expect(await connection.all('SELECT * FROM main.images')).toEqual([{ id: 1n }]);
  });
});

test.each([
  'DELETE FROM images',
  'UPDATE main.images SET id = 2',
  'DROP TABLE images',
  'WITH a AS (SELECT 1) DELETE FROM images',
])('exec(%s) changes nothing of the dataset, and query neither', async (sql) => {
  await connection.run('CREATE TABLE images (id BIGINT); INSERT INTO images VALUES (1)');
  const { db } = await (await start(definePlugin({ name: 'bad' }))).contextOf('bad');
  await expect(db.exec(sql)).rejects.toMatchObject({ code: 'DATAVIS_PLUGIN_SQL', plugin: 'bad' });
  await expect(db.query(sql)).rejects.toMatchObject({ code: 'DATAVIS_PLUGIN_SQL', plugin: 'bad' });
  expect(await connection.all('SELECT * FROM images')).toEqual([{ id: 1n }]);
});

describe('an operation', () => {
  const circle: Record<string, unknown> = {};
  circle['self'] = circle;

  /** What an operation of this result gives to its caller. */
  const resultOf = async (run: () => unknown): Promise<unknown> => {
    const operations = { go: { title: 'Go', input: z.object({}), run } };
    return runOperation(await start(definePlugin({ name: 'bad', operations })), 'bad', 'go', {});
  };

  test.each<[string, () => unknown, string]>([
    [
      'a generator',
      async function* () {
        yield await Promise.resolve(1);
      },
      'a generator: make a list',
    ],
    ['a Map', () => ({ found: new Map() }), 'a Map'],
    ['a function', () => () => 1, 'a function'],
    ['a circle', () => circle, 'Maximum call stack'],
  ])('that gives %s is refused by name', async (_, run, message) => {
    await expect(resultOf(run)).rejects.toMatchObject({
      code: 'DATAVIS_PLUGIN_OPERATION',
      plugin: 'bad',
      message: expect.stringMatching(new RegExp(`^bad go: the result is no JSON: .*${message}`)) as string,
    });
  });

  test('that throws after it has told of progress fails like any other, and the next one works', async () => {
    let calls = 0;
    const operations = {
      go: {
        title: 'Go',
        input: z.object({}),
        run: async (_: unknown, { progress }: { progress(this: void, done: number): void }) => {
          progress(1);
          await Promise.resolve();
          if (++calls === 1) throw new Error('half way');
          return calls;
        },
      },
    };
    const running = await start(definePlugin({ name: 'bad', operations }));
    const seen: number[] = [];
    const call = { onProgress: (done: number) => void seen.push(done) };
    await expect(runOperation(running, 'bad', 'go', {}, call)).rejects.toMatchObject({
      code: 'DATAVIS_PLUGIN_OPERATION',
      message: 'bad.go failed: half way',
    });
    expect(await runOperation(running, 'bad', 'go', {}, call)).toBe(2);
    expect(seen).toEqual([1, 1]);
  });

  test('what JSON has a form of comes through', async () => {
    expect(
      await resultOf(() => ({
        vector: Float32Array.of(0.5, 1),
        at: new Date(0),
        big: 2n ** 60n,
        small: 3n,
        none: undefined,
      })),
    ).toEqual({ vector: [0.5, 1], at: '1970-01-01T00:00:00.000Z', big: '1152921504606846976', small: 3 });
    expect(await resultOf(() => undefined)).toBeNull();
  });

  test('whose schema throws is named', async () => {
    const input = {
      '~standard': {
        version: 1,
        vendor: 'test',
        validate() {
          throw new Error('boom');
        },
      },
    } as const;
    const running = await start(
      definePlugin({ name: 'bad', operations: { go: { title: 'Go', input, run: () => 1 } } }),
    );
    await expect(runOperation(running, 'bad', 'go', {})).rejects.toMatchObject({
      code: 'DATAVIS_PLUGIN_OPERATION',
      message: 'bad: the schema of the input of go failed: boom',
    });
  });
});

test.each([
  ['nothing', () => undefined, 'OUTPUT', 'bad.open of bad:// gave undefined'],
  [
    'an error',
    () => {
      throw new Error('no route');
    },
    'HOOK_FAILED',
    'bad.storage.open failed: no route',
  ],
])('a scheme whose open gives %s is named', async (_, open, code, message) => {
  const registry = createObjectStoreResolver({ schemes: {} });
  registerSchemes(
    await start(definePlugin({ name: 'bad', storage: [{ scheme: 'bad', open: open as never }] })),
    registry,
  );
  await expect(registry.open('bad://x')).rejects.toMatchObject({
    code: `DATAVIS_PLUGIN_${code}`,
    plugin: 'bad',
    message,
  });
});
