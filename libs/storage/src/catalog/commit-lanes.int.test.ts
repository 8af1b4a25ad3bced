import type { SqlConnection, SqlDatabase } from '@datavis/plugin-sdk';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openDuckDb } from '../duckdb-node/duckdb-node.js';
import { CommitLanes } from './commit-lanes.js';

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
const noCheck = (): Promise<void> => Promise.resolve();

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

test('commits are stored in their order, on two connections', async () => {
  for (let n = 1; n <= 5; n++) await lanes.commit(insert(n), noCheck);
  await lanes.settle();
  expect(await stored()).toEqual([1, 2, 3, 4, 5].map((n) => ({ n })));
  expect(connections).toBe(2);
});

test('one commit opens no second connection', async () => {
  await lanes.commit(insert(1), noCheck);
  await lanes.settle();
  expect(connections).toBe(1);
});

test('the rows of the next one come in while the last one waits for its COMMIT', async () => {
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  // The check runs behind the COMMIT: while it waits, this commit is not over.
  await lanes.commit(insert(1), () => held);
  let filled = false;
  await lanes.commit(async (connection) => {
    await insert(2)(connection);
    filled = true;
  }, noCheck);
  expect(filled).toBe(true);
  expect(await stored()).toEqual([{ n: 1 }]);
  release();
  await lanes.settle();
  expect(await stored()).toEqual([{ n: 1 }, { n: 2 }]);
});

test('what work throws is thrown, and the commit before it is kept', async () => {
  await lanes.commit(insert(1), noCheck);
  const failing = lanes.commit(async (connection) => {
    await insert(2)(connection);
    throw new Error('no more');
  }, noCheck);
  await expect(failing).rejects.toThrow('no more');
  await lanes.idle();
  expect(await stored()).toEqual([{ n: 1 }]);
  await expect(lanes.settle()).rejects.toThrow('no more');
});

test('behind a commit that failed nothing is stored', async () => {
  const lost = async (connection: SqlConnection): Promise<void> => {
    await connection.run('INSERT INTO no_such_table VALUES (1)').catch(() => undefined);
  };
  await lanes.commit(insert(1), noCheck);
  await lanes.commit(lost, noCheck);
  await lanes.commit(insert(3), noCheck);
  const code = { code: 'DATAVIS_STORAGE_COMMIT_LOST' };
  await expect(lanes.commit(insert(4), noCheck)).rejects.toMatchObject(code);
  await expect(lanes.settle()).rejects.toMatchObject(code);
  expect(await stored()).toEqual([{ n: 1 }]);
});
