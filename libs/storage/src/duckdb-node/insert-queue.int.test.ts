import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AppendColumns, SqlConnection, SqlDatabase } from '@datavis/plugin-sdk';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Catalog } from '../catalog/catalog.js';
import { openDuckDb } from './duckdb-node.js';
import { InsertQueue, WaitingBytes } from './insert-queue.js';
import { ROW_GROUP_ROWS } from './row-group.js';

const BATCH_ROWS = 2_048;
let database: SqlDatabase;
let connection: SqlConnection;

beforeEach(async () => {
  database = await openDuckDb(':memory:', { threads: 2 });
  connection = await database.connect();
  await connection.run('CREATE TABLE t (n BIGINT, odd VARCHAR)');
});
afterEach(() => database.close());

/** Rows from `first` on, counted in `n`. */
function numbers(first: number, length: number): AppendColumns {
  const values = BigInt64Array.from({ length }, (_, at) => BigInt(first + at));
  return { n: { type: 'i64', values } };
}

async function appendNumbers(rows: number, to: SqlConnection = connection): Promise<void> {
  for (let first = 0; first < rows; first += BATCH_ROWS) {
    const length = Math.min(BATCH_ROWS, rows - first);
    await to.append('t', numbers(first, length), length);
  }
}

const state = (): Promise<unknown> =>
  connection.all(
    `SELECT count(*)::INTEGER AS rows, count(*) FILTER (n <> rowid)::INTEGER AS misplaced,
       current_setting('preserve_insertion_order') AS "order" FROM t`,
  );

test.each([1, ROW_GROUP_ROWS - 1, ROW_GROUP_ROWS, ROW_GROUP_ROWS + 1, 3 * ROW_GROUP_ROWS + 5_000])(
  '%i rows keep their order, and so does the connection',
  async (rows) => {
    const catalog = await Catalog.open(database);
    await catalog.exclusive(() => connection.transaction(() => appendNumbers(rows)));
    expect(await state()).toEqual([{ rows, misplaced: 0, order: true }]);
  },
);

test('a row group goes to the file before its COMMIT, in an import', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'datavis-insert-'));
  const path = join(folder, 'a.duckdb');
  const file = await openDuckDb(path, { threads: 2 });
  try {
    const catalog = await Catalog.open(file);
    const writer = await file.connect();
    const names = Array.from({ length: 8 }, (_, at) => `c${at}`);
    await writer.run(`CREATE TABLE t (${names.map((name) => `${name} DOUBLE`).join(', ')})`);
    await writer.run('CHECKPOINT');
    const values = Float64Array.from({ length: BATCH_ROWS }, Math.random);
    const columns = Object.fromEntries(names.map((name) => [name, { type: 'f64', values }] as const));
    const grown = await catalog.exclusive(() =>
      writer.transaction(async () => {
        const before = statSync(path).size;
        for (let rows = 0; rows < ROW_GROUP_ROWS; rows += BATCH_ROWS) await writer.append('t', columns, BATCH_ROWS);
        await writer.run('SELECT 1');
        return statSync(path).size - before;
      }),
    );
    expect(grown).toBeGreaterThan(ROW_GROUP_ROWS * 8 * 4);
  } finally {
    await file.close();
    rmSync(folder, { recursive: true });
  }
});

test.each<[string, (writer: SqlConnection) => Promise<unknown>]>([
  ['nothing', () => Promise.resolve()],
  ['one row', (writer) => writer.run('INSERT INTO t SELECT 7, NULL')],
  ['no rows', (writer) => writer.run('INSERT INTO t SELECT n, NULL FROM u WHERE n % 2 = 3 ORDER BY n')],
  ['no rows, by `all`', (writer) => writer.all('INSERT INTO t SELECT n, NULL FROM u WHERE n % 2 = 3')],
  ['no rows, as a part', (writer) => writer.run('INSERT INTO t SELECT n, NULL FROM u WHERE n % 2 = 3; SELECT 1')],
  ['no rows of an empty table', (writer) => writer.run('INSERT INTO t SELECT n, NULL FROM t ORDER BY n')],
])('what is appended behind an INSERT of %s is there, for all and at once', async (_, insert) => {
  const folder = mkdtempSync(join(tmpdir(), 'datavis-insert-'));
  const file = await openDuckDb(join(folder, 'a.duckdb'), { threads: 2 });
  try {
    const catalog = await Catalog.open(file);
    const [writer, other] = [await file.connect(), await file.connect()];
    await writer.run(
      'CREATE TABLE t (n BIGINT, odd VARCHAR); CREATE TABLE u AS SELECT range AS n FROM range(100000)',
    );
    const count = async (by: SqlConnection): Promise<number> =>
      Number((await by.all('SELECT count(*) AS n FROM t'))[0]?.['n']);
    const rows = 2 * ROW_GROUP_ROWS + 100;
    const appended = await catalog.exclusive(() =>
      writer.transaction(async () => {
        await insert(writer);
        const before = await count(writer);
        await appendNumbers(rows, writer);
        return (await count(writer)) - before;
      }),
    );
    expect(appended).toBe(rows);
    expect(await count(other)).toBe(await count(writer));
    expect(await count(other)).toBeGreaterThanOrEqual(rows);
    // The next transaction may write row groups by INSERT again.
    await catalog.exclusive(() => writer.transaction(() => appendNumbers(rows, writer)));
    expect(await count(other)).toBeGreaterThanOrEqual(2 * rows);
  } finally {
    await file.close();
    rmSync(folder, { recursive: true });
  }
});

test('DuckDB gets its threads back', async () => {
  const threads = (): Promise<unknown> =>
    connection.all("SELECT current_setting('threads') AS a, current_setting('external_threads') AS b");
  const before = await threads();
  const catalog = await Catalog.open(database);
  const within = await catalog.exclusive(threads);
  expect(within).toEqual([{ a: 2n, b: 2n }]);
  expect(await threads()).toEqual(before);
});

test('an INSERT that fails is told by the next call, stores nothing, and leaves the connection as it was', async () => {
  await connection.run('ALTER TABLE t ALTER n SET NOT NULL');
  const appended = connection.transaction(async () => {
    const odd = {
      odd: { type: 'utf8', offsets: new Uint32Array(BATCH_ROWS + 1), bytes: new Uint8Array(0) },
    } as const;
    for (let rows = 0; rows < ROW_GROUP_ROWS; rows += BATCH_ROWS) await connection.append('t', odd, BATCH_ROWS);
    await connection.run('SELECT 1');
  });
  await expect(appended).rejects.toMatchObject({ code: 'DATAVIS_STORAGE_SQL' });
  expect(await state()).toEqual([{ rows: 0, misplaced: 0, order: true }]);
  await connection.transaction(() => appendNumbers(ROW_GROUP_ROWS));
  expect(await state()).toEqual([{ rows: ROW_GROUP_ROWS, misplaced: 0, order: true }]);
});

test('of large rows less than a row group is inserted: by bytes, without a statement that asks for it', async () => {
  const rowBytes = 8_192;
  const bytes = new Uint8Array(BATCH_ROWS * rowBytes).fill(97);
  const offsets = Uint32Array.from({ length: BATCH_ROWS + 1 }, (_, at) => at * rowBytes);
  const odd = { type: 'utf8', bytes, offsets } as const;
  let copied = 0;
  await connection.transaction(async () => {
    for (let batch = 0; batch < 5; batch++) {
      await connection.append('t', { ...numbers(batch * BATCH_ROWS, BATCH_ROWS), odd }, BATCH_ROWS, () => copied++);
    }
    await vi.waitFor(() => {
      expect(copied).toBe(4);
    });
  });
  expect(copied).toBe(5);
  expect(await state()).toEqual([{ rows: 5 * BATCH_ROWS, misplaced: 0, order: true }]);
});

interface HeldInsert {
  readonly bytes: number;
  readonly insert: () => Promise<void>;
  readonly end: (error?: Error) => void;
}

/** An INSERT that ends when it is told to. */
function held(bytes: number): HeldInsert {
  const ends: ((error?: Error) => void)[] = [];
  const ended = new Promise<void>((resolve, reject) => {
    ends.push((error) => {
      if (error) reject(error);
      else resolve();
    });
  });
  return {
    bytes,
    insert: () => ended,
    end: (error) => {
      for (const end of ends) end(error);
    },
  };
}

const isDone = async (promise: Promise<unknown>): Promise<boolean> => {
  let done = false;
  void promise.then(() => (done = true));
  await new Promise((resolve) => setImmediate(resolve));
  return done;
};

test('beyond 32 MiB on all connections together, more waits until something is inserted', async () => {
  const waiting = new WaitingBytes();
  const [a, b] = [new InsertQueue(waiting), new InsertQueue(waiting)];
  const [first, second] = [held(30 << 20), held(30 << 20)];
  expect(await isDone(a.add(first))).toBe(true);
  const added = b.add(second);
  expect(await isDone(added)).toBe(false);
  first.end();
  expect(await isDone(added)).toBe(true);
  second.end();
  await Promise.all([a.idle(), b.idle()]);
});

test('what has failed makes room too, and nothing behind it is inserted', async () => {
  const queue = new InsertQueue(new WaitingBytes());
  const [first, second] = [held(32 << 20), held(32 << 20)];
  await queue.add(first);
  let inserted = false;
  const behind = queue.add({
    bytes: second.bytes,
    insert: () => {
      inserted = true;
      return Promise.resolve();
    },
  });
  first.end(new Error('no room'));
  await expect(behind).rejects.toThrow('no room');
  await expect(queue.idle()).rejects.toThrow('no room');
  await expect(queue.add(held(1))).rejects.toThrow('no room');
  expect(inserted).toBe(false);
  await queue.reset();
  await queue.idle();
});

test('a reset waits for the INSERT that runs and drops those behind it', async () => {
  const queue = new InsertQueue(new WaitingBytes());
  const first = held(1);
  const begun: string[] = [];
  const noted = (name: string, insert: () => Promise<void>): (() => Promise<void>) => {
    return () => {
      begun.push(name);
      return insert();
    };
  };
  await queue.add({ bytes: 1, insert: noted('first', first.insert) });
  await queue.add({ bytes: 1, insert: noted('second', () => Promise.resolve()) });
  const reset = queue.reset();
  expect(await isDone(reset)).toBe(false);
  first.end();
  await reset;
  await queue.add({ bytes: 1, insert: noted('third', () => Promise.resolve()) });
  await queue.idle();
  expect(begun).toEqual(['first', 'third']);
});
