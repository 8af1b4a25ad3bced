import type { SqlConnection, SqlDatabase } from '@datavis/plugin-sdk';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openDuckDb } from './duckdb-node.js';

let database: SqlDatabase;
let connection: SqlConnection;
beforeEach(async () => {
  database = await openDuckDb(':memory:', { threads: 1 });
  connection = await database.connect();
});
afterEach(() => database.close());

/** Its first rows come at once; then it looks through all of `rows` for nothing. */
const slowTail = (rows: number): string => `SELECT i FROM range(${rows}) t(i) WHERE i < 409600 OR hash(i) = 1`;
/** More than can be looked through within the time that a test has. */
const SLOW = slowTail(4e12);

/** How many chunks of it come before it stands still. */
async function chunksAtOnce(): Promise<number> {
  const enough = new AbortController();
  const chunks = connection.batches(SLOW, [], { signal: enough.signal })[Symbol.asyncIterator]();
  let timer = setTimeout(() => undefined, 0);
  let count = -1;
  try {
    do {
      count++;
      clearTimeout(timer);
      timer = setTimeout(() => {
        enough.abort(new Error('it stands still'));
      }, 500);
    } while ((await chunks.next()).done !== true);
  } catch (error) {
    if (error !== enough.signal.reason) throw error;
  } finally {
    clearTimeout(timer);
  }
  return count;
}

test('breaking out of a result does not wait for the rows that nobody will see', async () => {
  const last = await chunksAtOnce();
  expect(last).toBeGreaterThan(0);
  let count = 0;
  for await (const { length } of connection.batches(SLOW)) {
    expect(length).toBeGreaterThan(0);
    if (++count === last) break;
  }
  expect(await connection.all('SELECT 42 AS answer')).toEqual([{ answer: 42 }]);
});

test('breaking out of a result leaves its transaction whole', async () => {
  const last = await chunksAtOnce();
  await connection.run('CREATE TABLE kept (i BIGINT)');
  await connection.transaction(async () => {
    await connection.run('INSERT INTO kept VALUES (1)');
    let count = 0;
    for await (const { length } of connection.batches(slowTail(1e8))) {
      expect(length).toBeGreaterThan(0);
      if (++count === last) break;
    }
    await connection.run('INSERT INTO kept VALUES (2)');
  });
  expect(await connection.all('SELECT i FROM kept ORDER BY i')).toEqual([{ i: 1n }, { i: 2n }]);
});

test('what the caller throws between two chunks is what comes out', async () => {
  const reading = async (): Promise<void> => {
    for await (const { length } of connection.batches(SLOW)) throw new Error(`enough after ${length > 0}`);
  };
  await expect(reading()).rejects.toThrow('enough after true');
  expect(await connection.all('SELECT 42 AS answer')).toEqual([{ answer: 42 }]);
});
