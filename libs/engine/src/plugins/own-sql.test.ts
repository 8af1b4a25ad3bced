import { describe, expect, test } from 'vitest';
import { assertReads, ownStatement, ownStatements } from './own-sql.js';

const own = (sql: string): string => ownStatement(sql, 'plg_a');

describe('what a plugin may read', () => {
  test.each([
    'SELECT 1',
    "select ';' AS x; -- all",
    'WITH a AS (DELETE FROM x) SELECT * FROM a',
    'FROM images',
    'VALUES (1)',
    'EXPLAIN ANALYZE SELECT load, "set" FROM t',
    'DESCRIBE images',
  ])('%s', (sql) => {
    assertReads(sql);
  });

  test.each([
    'DELETE FROM images',
    'WITH a AS (SELECT 1) DELETE FROM images',
    'EXPLAIN ANALYZE DELETE FROM images',
    'SELECT 1; SELECT 2',
    "ATTACH 'x.db'",
    "COPY images TO 'x.csv'",
    'SET threads = 1',
    '',
  ])('refused: %s', (sql) => {
    expect(() => {
      assertReads(sql);
    }).toThrow();
  });
});

describe('a name without a schema is one of the own schema', () => {
  test.each([
    ['INSERT INTO seen VALUES ($1)', 'INSERT INTO "plg_a".seen VALUES ($1)'],
    [
      'INSERT OR REPLACE INTO seen SELECT id FROM images',
      'INSERT OR REPLACE INTO "plg_a".seen SELECT id FROM images',
    ],
    ["UPDATE seen SET x = 'DELETE FROM y'", 'UPDATE "plg_a".seen SET x = \'DELETE FROM y\''],
    ['DELETE FROM "Odd ""name"', 'DELETE FROM "plg_a"."Odd ""name"'],
    ['WITH a AS (SELECT 1) DELETE FROM seen', 'WITH a AS (SELECT 1) DELETE FROM "plg_a".seen'],
    ['CREATE OR REPLACE TABLE seen AS SELECT 1', 'CREATE OR REPLACE TABLE "plg_a".seen AS SELECT 1'],
    ['CREATE UNIQUE INDEX i ON seen (id)', 'CREATE UNIQUE INDEX i ON "plg_a".seen (id)'],
    ['ALTER TABLE IF EXISTS seen ADD COLUMN a INT', 'ALTER TABLE IF EXISTS "plg_a".seen ADD COLUMN a INT'],
    ['DROP VIEW IF EXISTS seen', 'DROP VIEW IF EXISTS "plg_a".seen'],
    ['TRUNCATE seen', 'TRUNCATE "plg_a".seen'],
    [
      '/* INTO */ INSERT INTO -- here\n seen VALUES (1)',
      '/* INTO */ INSERT INTO -- here\n "plg_a".seen VALUES (1)',
    ],
  ])('%s', (sql, expected) => {
    expect(own(sql)).toBe(expected);
  });
});

test.each(['DELETE FROM plg_a.seen', 'DELETE FROM "PLG_A" . seen', 'DELETE FROM db.plg_a.seen'])(
  '%s says its schema',
  (sql) => {
    expect(own(sql)).toBe(sql);
  },
);

test.each([
  ['DELETE FROM main.images', '"main.images" is not in plg_a'],
  ['DROP TABLE _datavis.plugin_runs', 'is not in plg_a'],
  ['UPDATE plg_a.main.images SET id = 1', 'is not in plg_a'],
  ['DROP SCHEMA main CASCADE', 'it changes no table of plg_a'],
  ['CREATE TEMP TABLE t (a INT)', 'it changes no table of plg_a'],
  ['SELECT 1', 'exec takes one statement'],
  ["ATTACH 'x.db'", 'exec takes one statement'],
  ['DELETE FROM seen; DELETE FROM seen', 'one statement at a time'],
])('refused: %s', (sql, message) => {
  expect(() => own(sql)).toThrow(message);
});

test('a migration: each statement by itself, none that ends its transaction', () => {
  expect(
    ownStatements("CREATE TABLE a (b INT);\nINSERT INTO a SELECT ';' FROM images;\nSELECT 1;", 'plg_a'),
  ).toEqual(['CREATE TABLE "plg_a".a (b INT)', '\nINSERT INTO "plg_a".a SELECT \';\' FROM images', '\nSELECT 1']);
  for (const sql of ['COMMIT', 'BEGIN', "LOAD 'x'", 'DROP TABLE main.images']) {
    expect(() => ownStatements(`CREATE TABLE a (b INT); ${sql}`, 'plg_a')).toThrow();
  }
});
