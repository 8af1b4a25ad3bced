import type { SqlConnection, SqlDatabase } from '@datavis/plugin-sdk';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openDuckDb } from '../duckdb-node/duckdb-node.js';
import { CommitLanes, type CommitSteps } from './commit-lanes.js';

let database: SqlDatabase;
let reader: SqlConnection;
let lanes: CommitLanes;
let connections: number;

const stored = (): Promise<unknown[]> => reader.all('SELECT n FROM numbers ORDER BY rowid');
const insert =
  (n: number) =>
  async (connection: SqlConnection): Promise<void> => {
    await connection.run('INSERT INTO numbers VALUES (?)', [n]);
  };
const nothing = (): Promise<void> => Promise.resolve();
const steps = (fill: (connection: SqlConnection) => Promise<void>): CommitSteps<void> => ({
  fill,
  seal: nothing,
  check: nothing,
});

beforeEach(async () => {
  database = await openDuckDb(':memory:');
  reader = await database.connect();
  await reader.run('CREATE TABLE numbers (n INTEGER)');
  connections = 1;
  lanes = new CommitLanes(await database.connect(), () => {
    connections++;
    return database.connect();
  });
});
afterEach(() => database.close());

test('commits are stored in their order, on three connections', async () => {
  for (let n = 1; n <= 5; n++) await lanes.commit(steps(insert(n)));
  await lanes.settle();
  expect(await stored()).toEqual([1, 2, 3, 4, 5].map((n) => ({ n })));
  expect(connections).toBe(3);
});

test('one commit opens no second connection', async () => {
  await lanes.commit(steps(insert(1)));
  await lanes.settle();
  expect(connections).toBe(1);
});

test('the rows of the next one come in while the last one waits for its COMMIT', async () => {
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  // The check runs behind the COMMIT: while it waits, this commit is not over.
  await lanes.commit({ ...steps(insert(1)), check: () => held });
  let filled = false;
  await lanes.commit(
    steps(async (connection) => {
      await insert(2)(connection);
      filled = true;
    }),
  );
  expect(filled).toBe(true);
  expect(await stored()).toEqual([{ n: 1 }]);
  release();
  await lanes.settle();
  expect(await stored()).toEqual([{ n: 1 }, { n: 2 }]);
});

test('what seals a commit belongs to it, and the rows of the next one come in before', async () => {
  const order: string[] = [];
  const step =
    (name: string, n: number) =>
    async (connection: SqlConnection): Promise<void> => {
      order.push(name);
      await insert(n)(connection);
    };
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const sealed = async (connection: SqlConnection): Promise<void> => {
    await held;
    await step('seal 1', 10)(connection);
  };
  await lanes.commit({ fill: step('fill 1', 1), seal: sealed, check: nothing });
  await lanes.commit(steps(step('fill 2', 2)));
  release();
  await lanes.settle();
  expect(order).toEqual(['fill 1', 'fill 2', 'seal 1']);
  expect(await stored()).toEqual([{ n: 1 }, { n: 10 }, { n: 2 }]);
});

test('a commit that cannot be sealed is not stored, and none behind it', async () => {
  const seal = (): Promise<void> => Promise.reject(new Error('no seal'));
  await lanes.commit(steps(insert(1)));
  await lanes.commit({ ...steps(insert(2)), seal });
  await lanes.commit(steps(insert(3))).catch(() => undefined);
  await expect(lanes.settle()).rejects.toThrow('no seal');
  expect(await stored()).toEqual([{ n: 1 }]);
});

test('what fill throws is thrown, and the commit before it is kept', async () => {
  await lanes.commit(steps(insert(1)));
  const failing = lanes.commit(
    steps(async (connection) => {
      await insert(2)(connection);
      throw new Error('no more');
    }),
  );
  await expect(failing).rejects.toThrow('no more');
  await lanes.idle();
  expect(await stored()).toEqual([{ n: 1 }]);
  await expect(lanes.settle()).rejects.toThrow('no more');
});

test('behind a commit that failed nothing is stored', async () => {
  const lost = async (connection: SqlConnection): Promise<void> => {
    await connection.run('INSERT INTO no_such_table VALUES (1)').catch(() => undefined);
  };
  await lanes.commit(steps(insert(1)));
  await lanes.commit(steps(lost));
  const code = { code: 'DATAVIS_STORAGE_COMMIT_LOST' };
  // It is told at the latest when its connection has its turn again.
  const later = async (): Promise<void> => {
    for (let n = 3; n <= 5; n++) await lanes.commit(steps(insert(n)));
  };
  await expect(later()).rejects.toMatchObject(code);
  await expect(lanes.settle()).rejects.toMatchObject(code);
  expect(await stored()).toEqual([{ n: 1 }]);
});
