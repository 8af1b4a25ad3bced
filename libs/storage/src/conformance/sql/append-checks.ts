import { deepStrictEqual } from 'node:assert/strict';
import type { AppendColumns, Column, Validity } from '@datavis/plugin-sdk';
import { columnsOf, count, rejectsWith, type SqlCheck } from './harness.js';

const TABLE = `CREATE TABLE t (k BIGINT, i INTEGER, d DOUBLE, f REAL, b BOOLEAN, s VARCHAR, j VARCHAR, l DOUBLE[],
  p DOUBLE[][], v REAL[3], never VARCHAR)`;

/** Spare room behind the rows, filled with what must not be read. */
const SPARE = 5;

function validity(length: number, has: (row: number) => boolean): Validity {
  const words = new Uint32Array(Math.ceil((length + SPARE) / 32)).fill(0xffffffff);
  for (let row = 0; row < length; row += 1)
    if (!has(row)) words[row >>> 5] = (words[row >>> 5] ?? 0) & ~(1 << (row & 31));
  return words;
}

function utf8(texts: readonly string[]): { bytes: Uint8Array; offsets: Uint32Array } {
  const parts = texts.map((text) => Buffer.from(text));
  const offsets = new Uint32Array(texts.length + 1 + SPARE).fill(0xffffffff);
  parts.reduce((at, part, row) => ((offsets[row + 1] = at + part.length), at + part.length), (offsets[0] = 0));
  return { bytes: Buffer.concat([...parts, Buffer.from('spare')]), offsets };
}

function filled<T extends { [at: number]: unknown }>(array: T, length: number, value: (row: number) => unknown): T {
  for (let row = 0; row < length; row += 1) array[row] = value(row);
  return array;
}

/** Text of every length around the 12 bytes that DuckDB keeps inline. */
const textOf = (row: number): string =>
  'ü€x'.repeat(row % 9).slice(0, row % 17) + (row % 5 === 0 ? '' : String(row));
const listOf = (row: number): number[] => Array.from({ length: row % 4 }, (_, at) => row + at / 2);
const partsOf = (row: number): number[][] => Array.from({ length: row % 3 }, (_, part) => listOf(row + part));

function lists(rows: readonly number[][]): { values: Float64Array; offsets: Uint32Array } {
  const offsets = new Uint32Array(rows.length + 1 + SPARE);
  rows.forEach((row, at) => (offsets[at + 1] = (offsets[at] ?? 0) + row.length));
  return { values: Float64Array.from([...rows.flat(), -1, -1]), offsets };
}

/** Batch of `length` rows beginning with row `from`; every `hole`-th row has no value (0: all have one). */
function batch(
  length: number,
  hole: number,
  from = 0,
): { columns: AppendColumns; expected: Record<string, unknown[]> } {
  const rows = Array.from({ length }, (_, row) => from + row);
  const has = (row: number): boolean => hole === 0 || (from + row) % hole !== 0;
  const bits = hole === 0 ? {} : { validity: validity(length, has) };
  const size = length + SPARE;
  const parts = rows.map(partsOf);
  const inner = lists(parts.flat());
  const outer = lists(parts.map((part) => part.map(() => 0)));
  const columns: Record<string, Column> = {
    k: { type: 'i64', values: filled(new BigInt64Array(size), length, (row) => BigInt(from + row) - 2n ** 60n) },
    i: { type: 'i32', values: filled(new Int32Array(size), length, (row) => from + row - 7), ...bits },
    d: { type: 'f64', values: filled(new Float64Array(size), length, (row) => (from + row) / 3), ...bits },
    f: { type: 'f32', values: filled(new Float32Array(size), length, (row) => (from + row) / 2), ...bits },
    b: { type: 'bool', values: filled(new Uint8Array(size), length, (row) => row % 2), ...bits },
    s: { type: 'utf8', ...utf8(rows.map(textOf)), ...bits },
    j: { type: 'json', ...utf8(rows.map((row) => `{"row": ${row}}`)), ...bits },
    l: { type: 'f64[]', ...lists(rows.map(listOf)), ...bits },
    p: { type: 'f64[][]', values: inner.values, partOffsets: inner.offsets, offsets: outer.offsets, ...bits },
    v: {
      type: 'f32[n]',
      width: 3,
      values: filled(new Float32Array(size * 3), length * 3, (at) => from * 3 + at),
      ...bits,
    },
  };
  const column = (value: (row: number) => unknown): unknown[] =>
    rows.map((row, at) => (has(at) ? value(row) : null));
  const expected = {
    k: rows.map((row) => BigInt(row) - 2n ** 60n),
    i: column((row) => row - 7),
    d: column((row) => row / 3),
    f: column((row) => row / 2),
    b: column((row) => (row - from) % 2 === 1),
    s: column(textOf),
    j: column((row) => `{"row": ${row}}`),
    l: column(listOf),
    p: column(partsOf),
    v: column((row) => [row * 3, row * 3 + 1, row * 3 + 2]),
    never: rows.map(() => null),
  };
  return { columns, expected };
}

export const appendChecks: Readonly<Record<string, SqlCheck>> = {
  'every column type, with and without values, at the edges of the validity words': async (connection) => {
    for (const length of [1, 2, 31, 32, 33, 64, 65, 1000, 2047, 2048]) {
      for (const hole of [0, 1, 2, 7, 32]) {
        const { columns, expected } = batch(length, hole);
        await connection.run(`DROP TABLE IF EXISTS t; ${TABLE}`);
        await connection.transaction(() => connection.append('t', columns, length));
        deepStrictEqual(await columnsOf(connection, 'FROM t'), expected, `${length} rows, hole ${hole}`);
      }
    }
  },
  'many batches keep their order': async (connection) => {
    await connection.run(TABLE);
    await connection.transaction(async () => {
      for (let from = 0; from < 10_000; from += 1000) {
        await connection.append('t', batch(1000, 3, from).columns, 1000);
      }
    });
    const { k, s } = await columnsOf(connection, 'SELECT k, s FROM t');
    deepStrictEqual(
      k,
      Array.from({ length: 10_000 }, (_, row) => BigInt(row) - 2n ** 60n),
    );
    deepStrictEqual(
      s,
      Array.from({ length: 10_000 }, (_, row) => (row % 3 === 0 ? null : textOf(row))),
    );
  },
  'columns may be written over as soon as they are copied': async (connection) => {
    await connection.run('CREATE TABLE t (k BIGINT)');
    const spare = [new BigInt64Array(1000)];
    await connection.transaction(async () => {
      for (let from = 0; from < 100_000; from += 1000) {
        const values = (spare.pop() ?? new BigInt64Array(1000)).map((_, row) => BigInt(from + row));
        await connection.append('t', { k: { type: 'i64', values } }, 1000, () => {
          spare.push(values.fill(-1n));
        });
      }
    });
    const [row] = await connection.all('SELECT count(DISTINCT k) AS n, min(k) AS low, max(k) AS high FROM t');
    deepStrictEqual(row, { n: 100_000n, low: 0n, high: 99_999n });
    deepStrictEqual(spare.length > 0, true);
  },
  'nothing is appended outside of a transaction': async (connection) => {
    await connection.run(TABLE);
    await rejectsWith(connection.append('t', batch(3, 0).columns, 3), 'DATAVIS_STORAGE_NO_TRANSACTION');
    deepStrictEqual(await count(connection, 't'), 0);
  },
  'appended rows are rolled back with their transaction': async (connection) => {
    await connection.run(TABLE);
    const failing = connection.transaction(async () => {
      await connection.append('t', batch(2048, 0).columns, 2048);
      throw new RangeError('no');
    });
    await failing.then(undefined, (error: unknown) => {
      deepStrictEqual(error instanceof RangeError, true);
    });
    deepStrictEqual(await count(connection, 't'), 0);
  },
  'a column that the table does not have is an error, and nothing is stored': async (connection) => {
    await connection.run(TABLE);
    const { k } = batch(3, 0).columns;
    if (k === undefined) throw new Error('no column');
    await rejectsWith(
      connection.transaction(() => connection.append('t', { k, other: k }, 3)),
      'DATAVIS_STORAGE_SQL',
    );
    await rejectsWith(
      connection.transaction(() => connection.append('nowhere', { k }, 3)),
      'DATAVIS_STORAGE_SQL',
    );
    deepStrictEqual(await count(connection, 't'), 0);
  },
  'tables of a schema, and names that need quotes': async (connection) => {
    await connection.run('CREATE SCHEMA plg_x; CREATE TABLE plg_x.t ("select" BIGINT, "a""b" BIGINT)');
    const k: Column = { type: 'i64', values: BigInt64Array.of(7n) };
    await connection.transaction(() => connection.append('plg_x.t', { 'a"b': k }, 1));
    deepStrictEqual(await connection.all('FROM plg_x.t'), [{ select: null, 'a"b': 7n }]);
  },
};
