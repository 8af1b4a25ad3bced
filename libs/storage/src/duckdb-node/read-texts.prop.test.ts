import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { SqlConnection, SqlDatabase } from '@datavis/plugin-sdk';
import { openDuckDb } from './duckdb-node.js';

let database: SqlDatabase;
let connection: SqlConnection;
beforeAll(async () => {
  database = await openDuckDb(':memory:');
  connection = await database.connect();
});
afterAll(() => database.close());

async function streamed(sql: string, params: readonly (readonly (string | null)[])[] = []): Promise<unknown[]> {
  const values: unknown[] = [];
  for await (const { columns, length } of connection.batches(sql, params)) {
    for (let row = 0; row < length; row++) values.push(columns[0]?.[row]);
  }
  return values;
}

const text = fc.oneof(
  fc.constantFrom('', '\uFEFFmark', '\u0000', 'a\u0000b', 'twelve bytes', 'thirteen byte', '\uFEFF'.repeat(7)),
  fc.string({ maxLength: 14, unit: 'grapheme' }),
  fc.string({ minLength: 10, maxLength: 400, unit: 'binary' }),
);

test('texts of any length and kind, and NULLs between them, are read as they were given', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.option(text), { minLength: 1, maxLength: 60 }), async (texts) => {
      expect(await streamed('SELECT unnest($1::VARCHAR[])', [texts])).toEqual(texts);
    }),
    { numRuns: 150 },
  );
});

test('texts that lie apart in memory are read too: of a table, sorted, joined, of one dictionary', async () => {
  const make = (i: number): string => (i % 7 === 0 ? `n${i}` : `number ${i} ${'x'.repeat(i % 90)}`);
  const rows = Array.from({ length: 9_000 }, (_, i) => i);
  await connection.run(`CREATE TABLE texts AS SELECT i, CASE WHEN i % 7 = 0 THEN 'n' || i
    ELSE 'number ' || i || ' ' || repeat('x', i % 90) END AS text FROM range(9000) t(i)`);
  expect(await streamed('SELECT text FROM texts ORDER BY i')).toEqual(rows.map(make));
  expect(await streamed('SELECT text FROM texts ORDER BY i DESC')).toEqual([...rows].reverse().map(make));
  expect(await streamed('SELECT b.text FROM texts a JOIN texts b ON b.i = (a.i * 37) % 9000 ORDER BY a.i')).toEqual(
    rows.map((i) => make((i * 37) % 9000)),
  );
  expect(await streamed(`SELECT 'a constant that is not short' FROM texts`)).toEqual(
    rows.map(() => 'a constant that is not short'),
  );
});
