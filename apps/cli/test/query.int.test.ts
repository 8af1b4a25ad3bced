import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDuckDb } from '@datavis/storage/duckdb-node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { run } from '../src/run.js';
import { fakeTerminal } from './fake-terminal.js';

let folder: string;
let db: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'datavis-cli-query-'));
  db = join(folder, 'a.duckdb');
  const database = await openDuckDb(db);
  const connection = await database.connect();
  await connection.run(`CREATE TABLE images AS SELECT i AS id, 'n,"' || i AS name, 9007199254740993 AS big, [0.5, i] AS list,
    NULL AS nothing, TIMESTAMP '2026-01-02 03:04:05' AS taken, '\u001b[31mred' AS hostile FROM range(5000) t(i)`);
  await database.close();
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

async function query(sql: string, ...options: string[]) {
  const { terminal, stdout, stderr } = fakeTerminal();
  const code = await run(['query', sql, '--db', db, ...options], terminal);
  return { code, stdout: stdout(), stderr: stderr() };
}

describe('datavis query', () => {
  test('--json is an array of rows; integers keep their digits', async () => {
    const { code, stdout } = await query(
      'SELECT id, big, list, nothing, taken, name FROM images WHERE id < 2',
      '--json',
    );
    expect(code).toBe(0);
    expect(stdout).toContain('"big":9007199254740993');
    expect(JSON.parse(stdout)).toEqual([
      { id: 0, big: 2 ** 53, list: [0.5, 0], nothing: null, taken: '2026-01-02T03:04:05.000Z', name: 'n,"0' },
      { id: 1, big: 2 ** 53, list: [0.5, 1], nothing: null, taken: '2026-01-02T03:04:05.000Z', name: 'n,"1' },
    ]);
  });

  test('--json: SQL that cannot be read begins no array', async () => {
    const { code, stdout, stderr } = await query('SELEC 1', '--json');
    expect([code, stdout]).toEqual([1, '']);
    expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'DATAVIS_STORAGE_SQL' } });
  });

  test('no rows are an empty array, and all rows of several batches arrive', async () => {
    expect(JSON.parse((await query('FROM images WHERE false', '--json')).stdout)).toEqual([]);
    const all = JSON.parse((await query('SELECT id FROM images ORDER BY id', '--json')).stdout) as { id: number }[];
    expect(all.map(({ id }) => id)).toEqual(Array.from({ length: 5000 }, (_, i) => i));
  });

  test('csv quotes what needs it', async () => {
    const { stdout } = await query('SELECT id, name, nothing FROM images LIMIT 1', '--format', 'csv');
    expect(stdout).toBe('id,name,nothing\n0,"n,""0",\n');
  });

  test('a table never lets data steer the terminal', async () => {
    const { stdout } = await query('SELECT hostile, id FROM images LIMIT 1');
    expect(stdout).toBe('hostile   id\n�[31mred   0\n');
  });

  test('parquet goes to a file', async () => {
    const file = join(folder, "it's.parquet");
    const { code } = await query('SELECT id FROM images', '--format', 'parquet', '--out', file);
    expect(code).toBe(0);
    expect(readFileSync(file).subarray(0, 4).toString()).toBe('PAR1');
    expect((await query('FROM images', '--format', 'parquet')).code).toBe(2);
  });

  test('the ending of --out says the form, and --json then tells what was written', async () => {
    const file = (name: string): string => join(folder, name);
    const sql = 'SELECT id, name FROM images ORDER BY id LIMIT 2';
    for (const [name, text] of [
      ['a.csv', 'id,name\n0,"n,""0"\n1,"n,""1"\n'],
      ['a.json', '[\n{"id":0,"name":"n,\\"0"}\n,{"id":1,"name":"n,\\"1"}\n]\n'],
      ['a.jsonl', '{"id":0,"name":"n,\\"0"}\n{"id":1,"name":"n,\\"1"}\n'],
    ] as const) {
      const { code, stdout } = await query(sql, '--out', file(name), '--json');
      expect(code).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({ out: file(name), rows: 2 });
      expect(readFileSync(file(name), 'utf8')).toBe(text);
    }
    const { stdout } = await query(sql, '--out', file('a.parquet'), '--json');
    expect(JSON.parse(stdout)).toEqual({ out: file('a.parquet'), format: 'parquet', rows: 2 });
    expect(await query(sql, '--json', '--format', 'csv')).toMatchObject({ code: 2, stdout: '' });
  });

  test('csv without rows still names its columns', async () => {
    expect((await query('SELECT id, 1 AS one FROM images WHERE false', '--format', 'csv')).stdout).toBe('id,one\n');
  });

  test('exactly as many rows as a table shows are not said to be the first of more', async () => {
    const all = await query('SELECT id FROM images LIMIT 1000');
    expect(all.stdout.trimEnd().split('\n')).toHaveLength(1001);
    expect((await query('SELECT id FROM images LIMIT 1001')).stdout).toContain('the first 1000 rows');
  });

  test('a file appears when it is whole: a query that fails leaves what was there', async () => {
    const file = join(folder, 'kept.csv');
    writeFileSync(file, 'mine');
    expect((await query('SELECT * FROM nobody', '--out', file)).code).toBe(1);
    expect((await query('SELECT CAST(name AS INTEGER) FROM images', '--out', file)).code).toBe(1);
    expect(readFileSync(file, 'utf8')).toBe('mine');
    expect(readdirSync(folder).filter((name) => name.startsWith('kept'))).toEqual(['kept.csv']);
  });

  test.each([
    ['a folder that is not there', () => join(folder, 'none', 'x.csv'), 'there is no folder'],
    ['a folder', () => folder, 'it is a folder'],
    ['a folder, as Parquet', () => join(folder, 'none', 'x.parquet'), 'there is no folder'],
  ])('--out that cannot be written is told, with what to do: %s', async (_, out, why) => {
    const { code, stderr } = await query('SELECT 1', '--out', out());
    expect(code).toBe(1);
    expect(stderr).toMatch(new RegExp(`^error: .* cannot be written: ${why}.*\\[DATAVIS_CLI_OUTPUT\\]\\n {2}\\S`));
  });

  test('a device is written to, not replaced', async () => {
    expect((await query('SELECT id FROM images', '--out', '/dev/null', '--format', 'csv')).code).toBe(0);
    expect(statSync('/dev/null').isCharacterDevice()).toBe(true);
  });

  const outside = join(tmpdir(), 'datavis-must-not-exist');
  test.each([
    'DELETE FROM images',
    'CREATE TABLE mine AS SELECT 1',
    `SELECT * FROM read_text('/etc/hostname')`,
    `FROM read_blob('/etc/hostname')`,
    `FROM read_csv('/etc/hostname')`,
    `FROM '/etc/hostname.csv'`,
    `FROM read_json_auto('/etc/hostname')`,
    `FROM parquet_scan('/etc/hostname')`,
    `FROM sniff_csv('/etc/hostname')`,
    `FROM glob('/etc/*')`,
    `COPY images TO '${outside}.csv'`,
    `COPY images FROM '/etc/hostname'`,
    `EXPORT DATABASE '${outside}'`,
    `ATTACH '${outside}.duckdb'`,
    `ATTACH 'https://127.0.0.1:9/a.duckdb'`,
    `PRAGMA enable_profiling; SET profile_output = '${outside}'; SELECT 1`,
    'SET enable_external_access = true',
    `SET allowed_paths = ['/']`,
    `SET temp_directory = '/tmp'`,
    `SET memory_limit = '100GB'`,
    'RESET lock_configuration',
    'INSTALL httpfs',
    'LOAD httpfs',
    `CREATE SECRET s (TYPE gcs, KEY_ID 'a', SECRET 'b')`,
    `SELECT 1; COPY images TO '${outside}.csv'`,
  ])('nothing leaves the database, and nothing changes it: %s', async (sql) => {
    const { code, stderr } = await query(sql);
    expect({ code, stderr }).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('DATAVIS_STORAGE_SQL') as string,
    });
    expect(readdirSync(tmpdir()).filter((name) => name.startsWith('datavis-must-not-exist'))).toEqual([]);
  });

  test('logging, which DuckDB lets a SELECT switch on, writes no file', async () => {
    await query(`FROM enable_logging(storage = 'file', storage_path = '${outside}')`);
    expect(readdirSync(tmpdir()).filter((name) => name.startsWith('datavis-must-not-exist'))).toEqual([]);
  });

  test('--write changes the database, and still reads no file', async () => {
    expect((await query('CREATE TABLE mine AS SELECT 7 AS seven', '--write')).code).toBe(0);
    expect(JSON.parse((await query('FROM mine', '--json')).stdout)).toEqual([{ seven: 7 }]);
    expect((await query(`CREATE TABLE theirs AS FROM read_text('/etc/hostname')`, '--write')).code).toBe(1);
    expect((await query('DROP TABLE mine', '--write')).code).toBe(0);
  });

  test(
    'a statement that outgrows its memory ends the process, and the database stays',
    { timeout: 60_000 },
    async () => {
      const bin = new URL('../bin/datavis.js', import.meta.url).pathname;
      const sql = 'SELECT len(range(300000000)) AS n, len(range(300000001)) AS m';
      const { status, stderr } = spawnSync(process.execPath, [bin, 'query', sql, '--db', db, '--memory', '64'], {
        encoding: 'utf8',
        timeout: 50_000,
      });
      expect({ status, stderr }).toMatchObject({
        status: 1,
        stderr: expect.stringMatching(/DATAVIS_CLI_MEMORY/) as string,
      });
      expect((await query('SELECT count(*) FROM images')).code).toBe(0);
    },
  );

  test('a database that another process holds is exit code 4, and the message names the process', async () => {
    const held = join(folder, 'held.duckdb');
    const database = await openDuckDb(held);
    try {
      const bin = new URL('../bin/datavis.js', import.meta.url).pathname;
      const { status, stderr } = spawnSync(process.execPath, [bin, 'query', 'SELECT 1', '--db', held], {
        encoding: 'utf8',
      });
      expect(status).toBe(4);
      expect(stderr).toContain(`process ${process.pid}`);
    } finally {
      await database.close();
    }
  });

  test('a missing database says what to do', async () => {
    const { terminal, stderr } = fakeTerminal();
    expect(await run(['query', 'SELECT 1', '--db', join(folder, 'none.duckdb')], terminal)).toBe(1);
    expect(stderr()).toContain('datavis import');
  });
});
