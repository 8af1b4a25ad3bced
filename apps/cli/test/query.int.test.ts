import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
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

  test.each([
    ['write', 'DELETE FROM images'],
    ['read files', `SELECT * FROM read_text('/etc/hostname')`],
    ['write files', `COPY images TO '/tmp/datavis-must-not-exist.csv'`],
    ['attach', `ATTACH '/tmp/datavis-must-not-exist.duckdb'`],
    ['change settings', 'SET enable_external_access = true'],
    ['install extensions', 'INSTALL httpfs'],
  ])('a statement cannot %s', async (_, sql) => {
    const { code, stderr } = await query(sql);
    expect(code).toBe(1);
    expect(stderr).toContain('DATAVIS_STORAGE_SQL');
  });

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
