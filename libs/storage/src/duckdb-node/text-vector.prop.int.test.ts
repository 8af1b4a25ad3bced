import type { Column, SqlConnection, SqlDatabase, Utf8Column } from '@datavis/plugin-sdk';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDuckDb } from './duckdb-node.js';

let database: SqlDatabase;
let connection: SqlConnection;

beforeAll(async () => {
  database = await openDuckDb(':memory:', { threads: 2 });
  connection = await database.connect();
  await connection.run('CREATE TABLE t (n INTEGER, text VARCHAR)');
});
afterAll(() => database.close());

/** Appends texts as one batch, whose bytes lie behind others, and reads them back. */
async function stored(texts: readonly (Uint8Array | null)[]): Promise<unknown[]> {
  const before = 5;
  const bytes = new Uint8Array(texts.reduce((sum, text) => sum + (text?.length ?? 0), before)).fill(0xbf);
  const offsets = new Uint32Array(texts.length + 1);
  const validity = new Uint32Array(Math.ceil(texts.length / 32));
  let end = (offsets[0] = before);
  texts.forEach((text, row) => {
    if (text !== null) {
      bytes.set(text, end);
      end += text.length;
      validity[row >>> 5] = (validity[row >>> 5] ?? 0) | (1 << (row & 31));
    }
    offsets[row + 1] = end;
  });
  return storedColumn({ type: 'utf8', bytes, offsets, ...(texts.includes(null) && { validity }) }, texts.length);
}

async function storedColumn(text: Utf8Column, rows: number): Promise<unknown[]> {
  await connection.run('DELETE FROM t');
  const n: Column = { type: 'i32', values: Int32Array.from({ length: rows }, (_, row) => row) };
  await connection.transaction(() => connection.append('t', { n, text }, rows));
  const found = await connection.all('SELECT text FROM t ORDER BY n');
  return found.map((row) => row['text']);
}

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  // Around the 4 bytes that are shown of a long text, and the 12 that one may have to lie in its entry.
  fc.string({ unit: 'grapheme-ascii', minLength: 3, maxLength: 14 }),
  fc.constantFrom('', '\0', 'a\0', 'é'.repeat(6), 'é'.repeat(7), 'x'.repeat(70_000)),
);

test('texts of any length are stored as they are', async () => {
  const texts = fc.array(fc.option(text, { freq: 4 }), { minLength: 1, maxLength: 2048, size: '+1' });
  await fc.assert(
    fc.asyncProperty(texts, async (given) => {
      const found = await stored(given.map((one) => (one === null ? null : encode(one))));
      expect(found).toEqual(given);
    }),
    { numRuns: 60 },
  );
});

test('a full vector of long texts, all of them there', async () => {
  const given = Array.from({ length: 2048 }, (_, row) => `https://example.org/images/${row}.jpg`);
  expect(await stored(given.map(encode))).toEqual(given);
});

test.each([0, 1, 2])('what is no UTF-8 is NULL, and nothing else is: row %i', async (at) => {
  const given = ['short', 'longer than twelve bytes', 'another one of that length'];
  const bytes = given.map((one, row) => (row === at ? Uint8Array.of(0x61, 0xff, 0x62) : encode(one)));
  expect(await stored(bytes)).toEqual(given.map((one, row) => (row === at ? null : one)));
});

test('what is no UTF-8 is NULL among a few bytes too', async () => {
  expect(await stored([encode('ab'), Uint8Array.of(0xff)])).toEqual(['ab', null]);
});

test('offsets that lead out of the bytes, or back, read nothing that is not there', async () => {
  const append = (offsets: readonly number[]): Promise<unknown[]> =>
    storedColumn(
      { type: 'utf8', bytes: encode('twenty-four bytes of it.'), offsets: Uint32Array.from(offsets) },
      2,
    );
  expect(await append([0, 20, 4_000_000])).toEqual(['twenty-four bytes of', ' it.']);
  expect(await append([0, 4_000_000, 24])).toEqual(['twenty-four bytes of it.', '']);
  expect(await append([24, 0, 24])).toEqual(['', 'twenty-four bytes of it.']);
});

test('a character that lies in two texts is none in either', async () => {
  const [lead = 0, trail = 0] = encode('é');
  const texts = [
    encode('a text before'),
    Uint8Array.of(0x61, lead),
    Uint8Array.of(trail, 0x62),
    encode('and behind'),
  ];
  expect(await stored(texts)).toEqual(['a text before', null, null, 'and behind']);
});
