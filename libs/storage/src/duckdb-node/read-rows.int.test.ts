import { expect, test } from 'vitest';
import { openDuckDb } from './duckdb-node.js';

const ROWS = 5000;
const numbers = Array.from({ length: ROWS }, (_, i) => i);
const columns: readonly (readonly [sql: string, of: (i: number) => unknown])[] = [
  ['i::BIGINT', (i) => BigInt(i)],
  ['i::INTEGER', (i) => i],
  ['i / 3', (i) => i / 3],
  ['(i / 3)::FLOAT', (i) => Math.fround(i / 3)],
  ["'text ' || i", (i) => `text ${i}`],
  ['i % 2 = 0', (i) => i % 2 === 0],
  ["TIMESTAMP '2026-01-01' + to_days(i::INTEGER)", (i) => new Date(Date.UTC(2026, 0, 1 + i))],
  ['[i::DOUBLE, NULL]', (i) => [i, null]],
  ["{n: i::INTEGER, t: 'x'}", (i) => ({ n: i, t: 'x' })],
];

test('rows hold the values of every type, with and without NULLs, over several chunks', async () => {
  const database = await openDuckDb(':memory:');
  const connection = await database.connect();
  for (const [sql, of] of columns) {
    const rows = await connection.all(
      `SELECT ${sql} AS v, CASE WHEN i % 7 > 0 THEN ${sql} END AS n FROM range(?) t(i) ORDER BY i`,
      [ROWS],
    );
    expect(rows, sql).toEqual(numbers.map((i) => ({ v: of(i), n: i % 7 > 0 ? of(i) : null })));
  }
  expect(await connection.all('SELECT 1 AS a, 2 AS a')).toEqual([{ a: 1, 'a:1': 2 }]);
  expect(await connection.all('SELECT 1 AS one WHERE false')).toEqual([]);
  await database.close();
});
