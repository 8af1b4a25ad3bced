import { deepStrictEqual, ok } from 'node:assert/strict';
import type { SqlValue } from '@datavis/plugin-sdk';
import { rejectsWith, type SqlCheck } from './harness.js';

const nested = [[0.5, 1], [], [1e300]];

/** Expression, and what it arrives as. */
const values: readonly (readonly [sql: string, value: unknown])[] = [
  ['1::INTEGER', 1],
  ['1::BIGINT', 1n],
  ['9223372036854775807::BIGINT', 9223372036854775807n],
  ['sum(9007199254740993::BIGINT)', 9007199254740993n],
  ['count(*)', 1n],
  ['0.1::DOUBLE', 0.1],
  ["'NaN'::DOUBLE", NaN],
  ["'-inf'::DOUBLE", -Infinity],
  ['true', true],
  ['false', false],
  ['NULL::INTEGER', null],
  ['NULL::VARCHAR', null],
  ["''", ''],
  ["'ü \u{1f40d} ''\"\\'", 'ü \u{1f40d} \'"\\'],
  ['[1::BIGINT, NULL]', [1n, null]],
  ["['a', NULL, '']", ['a', null, '']],
  ['[[0.5, 1], [], [1e300]]::DOUBLE[][]', nested],
  ['[]::DOUBLE[]', []],
  ['NULL::DOUBLE[]', null],
  ["TIMESTAMP '2026-01-02 03:04:05.678'", new Date('2026-01-02T03:04:05.678Z')],
  ['NULL::TIMESTAMP', null],
];

/** Values that come back as they were bound, with the type they are cast to. */
const bound: readonly (readonly [value: SqlValue, type: string, expected?: unknown])[] = [
  [0, 'INTEGER'],
  [-1, 'INTEGER'],
  [4_294_967_296, 'BIGINT', 4_294_967_296n],
  [9007199254740993n, 'BIGINT'],
  [-9223372036854775808n, 'BIGINT'],
  [0.1, 'DOUBLE'],
  [1e300, 'DOUBLE'],
  [-0.5, 'DOUBLE'],
  ['', 'VARCHAR'],
  ["it's ? $1 -- no /* comment */", 'VARCHAR'],
  ['ü \u{1f40d}', 'VARCHAR'],
  ['123', 'VARCHAR'],
  [true, 'BOOLEAN'],
  [false, 'BOOLEAN'],
  [null, 'VARCHAR'],
  [null, 'BIGINT'],
  [[1n, 9007199254740993n], 'BIGINT[]'],
  [[1, 4_294_967_296], 'BIGINT[]', [1n, 4_294_967_296n]],
  [[null, 1, 0.5, 4_294_967_296], 'DOUBLE[]'],
  [['a', "b'c, [d]"], 'VARCHAR[]'],
  [[], 'VARCHAR[]'],
];

export const valueChecks: Readonly<Record<string, SqlCheck>> = {
  'values arrive as the contract says, in rows and in columns': async (connection) => {
    for (const [sql, value] of values) {
      const [row] = await connection.all<{ v: unknown }>(`SELECT ${sql} AS v`);
      deepStrictEqual(row?.v, value, sql);
      for await (const batch of connection.batches(`SELECT ${sql} AS v`)) {
        deepStrictEqual([...batch.names, Array.from(batch.columns[0] ?? [])], ['v', [value]], sql);
      }
    }
  },
  'values are bound exactly': async (connection) => {
    for (const [value, type, expected = value] of bound) {
      for (const mark of ['?', '$1']) {
        const sql = `SELECT ${mark}::${type} AS v`;
        const [row] = await connection.all<{ v: unknown }>(sql, [value]);
        deepStrictEqual(row?.v, expected, `${sql} with ${String(value)}`);
      }
    }
  },
  'a bound integer is compared as an integer': async (connection) => {
    const sql = 'SELECT count(*) AS n FROM (SELECT 9007199254740993::BIGINT AS id) WHERE id = ?';
    for (const [value, n] of [
      [9007199254740993n, 1n],
      [9007199254740992n, 0n],
      [9007199254740992, 0n],
    ] as const) {
      deepStrictEqual(await connection.all(sql, [value]), [{ n }]);
    }
  },
  'marks inside of strings, names and comments are none': async (connection) => {
    const rows = await connection.all<Record<string, unknown>>(
      `SELECT '?' AS "a?", '$1 '' ?' AS "b$1", /* ? $2 */ ? AS c -- ?
      , $$ ? $$ AS d`.replace('? AS c', '?::VARCHAR AS c'),
      ['x'],
    );
    deepStrictEqual(rows, [{ 'a?': '?', b$1: "$1 ' ?", c: 'x', d: ' ? ' }]);
  },
  'a numbered mark may be used twice and out of order': async (connection) => {
    const rows = await connection.all('SELECT $2::VARCHAR AS a, $1::BIGINT AS b, $2::VARCHAR AS c', [7n, 'x']);
    deepStrictEqual(rows, [{ a: 'x', b: 7n, c: 'x' }]);
  },
  'too few values are an error': async (connection) => {
    await rejectsWith(connection.all('SELECT ?::VARCHAR, ?::VARCHAR', ['x']), 'DATAVIS_STORAGE_SQL');
  },
  'an error of the engine is ours, with its cause and without the bound values': async (connection) => {
    await rejectsWith(connection.run('SELEC 1'), 'DATAVIS_STORAGE_SQL');
    await rejectsWith(connection.all('SELECT * FROM nowhere'), 'DATAVIS_STORAGE_SQL');
    await connection.all("SELECT error('stop') WHERE ?::VARCHAR = 'a ' || 'secret'", ['a secret']).then(
      () => {
        ok(false, 'no error');
      },
      (error: unknown) => {
        ok(error instanceof Error && error.cause instanceof Error);
        ok(!error.message.includes('a secret'), error.message);
      },
    );
    deepStrictEqual(await connection.all('SELECT 1::INTEGER AS one'), [{ one: 1 }], 'usable after errors');
  },
};
