import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openDuckDb } from './duckdb-node.js';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'datavis-open-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

test('a file that is written has row groups of 30,720 rows, also after it was closed and opened again', async () => {
  const path = join(folder, 'a.duckdb');
  const sizes = async (): Promise<unknown> => {
    const database = await openDuckDb(path);
    const connection = await database.connect();
    await connection.run('CREATE TABLE IF NOT EXISTS t (n BIGINT)');
    await connection.run('INSERT INTO t SELECT range FROM range(30720)');
    const rows = await connection.all(
      `SELECT sum(count)::INTEGER AS rows FROM pragma_storage_info('t') WHERE segment_type = 'BIGINT'
       GROUP BY row_group_id ORDER BY row_group_id`,
    );
    await database.close();
    return rows.map(({ rows }) => rows);
  };
  expect(await sizes()).toEqual([30_720]);
  expect(await sizes()).toEqual([30_720, 30_720]);
  expect(await sizes()).toEqual([30_720, 30_720, 30_720]);
});

test.each(['a.duckdb', `it's "here".db`, 'memory.duckdb', 'temp', '.hidden', 'ü.x.y', 'main.db'])(
  'every connection of a file named %s finds its tables, for writing and for reading only',
  async (name) => {
    const path = join(folder, name);
    const database = await openDuckDb(path, { memoryLimitBytes: 64 << 20 });
    const first = await database.connect();
    await first.run('CREATE TABLE t AS SELECT 42 AS n');
    for (const connection of [first, await database.connect()]) {
      expect(await connection.all('SELECT n FROM t')).toEqual([{ n: 42 }]);
      const names = await connection.all(
        `SELECT database_name = current_database() AS is_current, path FROM duckdb_databases() WHERE NOT internal`,
      );
      expect(names).toEqual([{ is_current: true, path }]);
    }
    // What a sort has no room for goes beside the file, never into the folder that the program was started in.
    expect(await first.all(`SELECT current_setting('temp_directory') AS temp`)).toEqual([{ temp: `${path}.tmp` }]);
    await database.close();
    expect(existsSync(path)).toBe(true);
    const reading = await openDuckDb(path, { readOnly: true });
    expect(await (await reading.connect()).all('SELECT n FROM t')).toEqual([{ n: 42 }]);
    await reading.close();
  },
);

test('a file that DuckDB itself has made is changed and keeps its rows', async () => {
  const path = join(folder, 'a.duckdb');
  const database = await openDuckDb(':memory:');
  const connection = await database.connect();
  await connection.run(`ATTACH '${path}' AS other`);
  await connection.run('CREATE TABLE other.t AS SELECT range AS n FROM range(200000)');
  await database.close();
  const opened = await openDuckDb(path);
  const writing = await opened.connect();
  await writing.run('UPDATE t SET n = n + 1 WHERE n % 1000 = 0');
  await writing.run('DELETE FROM t WHERE n = 5');
  await writing.run('INSERT INTO t SELECT range FROM range(100000)');
  await writing.run('CHECKPOINT');
  // 0 to 199,999 with one more on each thousandth, without 5; and 0 to 99,999.
  const sum = (199_999 * 200_000) / 2 + 200 - 5 + (99_999 * 100_000) / 2;
  expect(await writing.all('SELECT count(*)::INTEGER AS rows, sum(n)::DOUBLE AS sum FROM t')).toEqual([
    { rows: 299_999, sum },
  ]);
  await opened.close();
});
