import { afterAll, beforeAll, expect, test } from 'vitest';
import type { SqlConnection, SqlDatabase } from '@datavis/plugin-sdk';
import { openDuckDb } from './duckdb-node.js';

let database: SqlDatabase;
let connection: SqlConnection;
beforeAll(async () => {
  database = await openDuckDb(':memory:');
  connection = await database.connect();
});
afterAll(async () => {
  await connection.close();
  await database.close();
});

async function columnOf(value: string, typedLists: boolean): Promise<unknown[]> {
  const values: unknown[] = [];
  const sql = `SELECT ${value} AS v FROM range(5000) t(i) ORDER BY i`;
  for await (const { columns, length } of connection.batches(sql, [], { typedLists })) {
    for (let row = 0; row < length; row++) values.push(columns[0]?.[row]);
  }
  return values;
}

/** With every typed array as a plain one. */
function plain(value: unknown): unknown {
  if (value instanceof Float64Array) return Array.from(value);
  return Array.isArray(value) ? value.map(plain) : value;
}

test.each([
  ['lists', '[i::DOUBLE, i / 4]'],
  ['lists of lists', '[[i::DOUBLE, 0.5], [], [i / 3]]'],
  [
    'NULL, empty and filled ones',
    'CASE i % 3 WHEN 0 THEN NULL WHEN 1 THEN []::DOUBLE[][] ELSE [[i::DOUBLE], [-0.0::DOUBLE]] END',
  ],
])('typed %s are the same numbers', async (_, value) => {
  const typed = await columnOf(value, true);
  expect(typed.map(plain)).toEqual(await columnOf(value, false));
  expect(JSON.stringify(typed)).toContain('{"0":');
});

test.each([
  ['a NULL number', '[i::DOUBLE, NULL]'],
  ['a NULL list', '[[i::DOUBLE], NULL]'],
  ['texts', "['a', i::VARCHAR]"],
])('%s inside is no typed list', async (_, value) => {
  expect(await columnOf(value, true)).toEqual(await columnOf(value, false));
});
