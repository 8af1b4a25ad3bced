import { execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDataVisError } from '@datavis/plugin-sdk';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { LocalObjectStore } from '../local/local-object-store.js';
import { readHead } from '../object-store/read-head.js';
import { announceServer, databaseHolder, openDuckDb } from './duckdb-node.js';

let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'datavis-duckdb-'));
  path = join(folder, 'a.duckdb');
});
afterEach(() => rm(folder, { recursive: true }));

/** A process that holds a database open until it is killed. */
async function holder(): Promise<{ pid: number; kill(): Promise<void> }> {
  const script = join(folder, 'holder.mjs');
  const api = import.meta.resolve('@duckdb/node-api');
  await writeFile(
    script,
    `const { DuckDBInstance } = await import(${JSON.stringify(api)});
     globalThis.held = await DuckDBInstance.create(process.argv[2]);
     process.send('open'); setInterval(() => globalThis.held, 1000);`,
  );
  const child = fork(script, [path], { execArgv: [] });
  await once(child, 'message');
  return {
    pid: child.pid ?? 0,
    kill: async () => {
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

const locked = (error: unknown): boolean => isDataVisError(error, 'DATAVIS_CATALOG_LOCKED');

/** What DuckDB alone says in another process: nothing of ours is asked. */
function openElsewhere(): string {
  const script = join(folder, 'elsewhere.mjs');
  writeFileSync(
    script,
    `const { DuckDBInstance } = await import(${JSON.stringify(import.meta.resolve('@duckdb/node-api'))});
     console.log(await DuckDBInstance.create(process.argv[2]).then(() => 'opened', String));`,
  );
  return execFileSync(process.execPath, [script, path], { encoding: 'utf8' });
}

test('an open file is not read, written over or removed through a store, which would drop its lock or lose it', async () => {
  const database = await openDuckDb(path);
  const connection = await database.connect();
  await connection.run('CREATE TABLE t AS SELECT 7 AS a');
  const store = new LocalObjectStore({ root: folder });
  await symlink(path, join(folder, 'link.jpg'));
  const forbidden = { code: 'DATAVIS_STORAGE_FORBIDDEN' };
  for (const key of ['a.duckdb', 'link.jpg']) {
    await expect(readHead(store, key, () => 1)).rejects.toMatchObject(forbidden);
    await expect(store.stat(key)).rejects.toMatchObject(forbidden);
    await expect(store.delete(key)).rejects.toMatchObject(forbidden);
  }
  await expect(store.write('a.duckdb', new Uint8Array(3))).rejects.toMatchObject(forbidden);
  expect(openElsewhere()).toContain('Could not set lock');
  expect(await connection.all('FROM t')).toEqual([{ a: 7 }]);
  await database.close();
  expect(await readHead(store, 'a.duckdb', ({ length }) => length > 64)).toBe(true);
});

describe('one owner of a file', () => {
  test('a file that another process has open is refused, and named by its PID', async () => {
    const other = await holder();
    const error: unknown = await openDuckDb(path).catch((caught: unknown) => caught);
    expect(locked(error)).toBe(true);
    expect(String(error)).toContain(String(other.pid));
    await other.kill();
    await (await openDuckDb(path)).close();
  });

  test('the lock file names this process while the database is open, and is gone after', async () => {
    const database = await openDuckDb(path);
    expect(JSON.parse(await readFile(`${path}.lock`, 'utf8'))).toMatchObject({ pid: process.pid });
    await database.close();
    await expect(readFile(`${path}.lock`)).rejects.toThrow('ENOENT');
  });

  test('a server is announced to those that find the database held, and gone with it', async () => {
    expect(databaseHolder(path)).toBeUndefined();
    const database = await openDuckDb(path);
    announceServer(path, 'http://127.0.0.1:1234');
    expect(databaseHolder(path)).toMatchObject({ pid: process.pid, url: 'http://127.0.0.1:1234' });
    await database.close();
    announceServer(path, 'http://127.0.0.1:1234');
    expect(databaseHolder(path)).toBeUndefined();
    const here = { pid: process.ppid, host: hostname(), url: 'http://[::1]:80' };
    await writeFile(`${path}.lock`, JSON.stringify(here));
    await expect(openDuckDb(path)).rejects.toThrow('which serves it at http://[::1]:80');
  });

  test('what a dead process left in the lock file is passed over', async () => {
    const other = await holder();
    await other.kill();
    const stale = { pid: other.pid, host: hostname(), processStart: '', openedAt: '' };
    await writeFile(`${path}.lock`, JSON.stringify(stale));
    await (await openDuckDb(path)).close();
  });

  test('a living process in the lock file is believed, even where DuckDB would let us in', async () => {
    const here = { pid: process.ppid, host: hostname(), processStart: '', openedAt: '' };
    await writeFile(`${path}.lock`, JSON.stringify(here));
    await expect(openDuckDb(path)).rejects.toSatisfy(locked);
  });

  test.each([
    ['torn', '{"pid": 1'],
    ['empty', ''],
    ['null', 'null'],
    ['of process 0', '{"pid":0,"host":"HOST"}'],
    ['of process -1, which is all of them', '{"pid":-1,"host":"HOST"}'],
    ['of a number that another process has now', `{"pid":${process.ppid},"host":"HOST","processStart":"1"}`],
    ['of another machine, whose processes cannot be asked', `{"pid":${process.ppid},"host":"elsewhere"}`],
  ])('a lock file that is %s is passed over', async (what, content) => {
    if (what.includes('another process') && !existsSync('/proc/self/stat')) return;
    await writeFile(`${path}.lock`, content.replace('HOST', hostname()));
    await (await openDuckDb(path)).close();
  });

  test('a file that is being closed is opened anew, when it is closed', async () => {
    const first = await openDuckDb(path);
    await (await first.connect()).run('CREATE TABLE t AS SELECT range AS a FROM range(10000)');
    const closing = first.close();
    const [second, third] = await Promise.all([openDuckDb(path), openDuckDb(path)]);
    await closing;
    const one = await second.connect();
    await one.run('INSERT INTO t VALUES (-1)');
    // One instance, not two: what one commits, the other sees.
    const two = await third.connect();
    expect(await two.all('SELECT count(*) AS n FROM t')).toEqual([{ n: 10_001n }]);
    await second.close();
    await third.close();
  });

  test('a connection that is asked for while the database is being closed does not keep it open', async () => {
    const database = await openDuckDb(path);
    const coming = database.connect();
    await database.close();
    await expect(coming.then((connection) => connection.run('SELECT 1'))).rejects.toMatchObject({
      code: 'DATAVIS_STORAGE_CLOSED',
    });
    const other = await holder();
    await other.kill();
  });

  test('two opens of one file, also by a link, share one instance', async () => {
    const first = await openDuckDb(path);
    const link = join(folder, 'link.duckdb');
    await symlink(path, link);
    const second = await openDuckDb(link);
    const [one, two] = [await first.connect(), await second.connect()];
    await one.run('CREATE TABLE t AS SELECT 7 AS a');
    expect(await two.all('FROM t')).toEqual([{ a: 7 }]);
    await first.close();
    expect(await two.all('FROM t')).toEqual([{ a: 7 }]);
    await second.close();
    const again = await openDuckDb(path);
    expect(await (await again.connect()).all('FROM t')).toEqual([{ a: 7 }]);
    await again.close();
  });

  // The word in its name must not make a lock of it.
  test.each(['a.duckdb', 'clock.duckdb'])(
    '%s that is no database is a clear error, and left as it was',
    async (name) => {
      path = join(folder, name);
      await writeFile(path, 'hello');
      await expect(openDuckDb(path)).rejects.toSatisfy((error) => isDataVisError(error, 'DATAVIS_CATALOG_OPEN'));
      expect(await readFile(path, 'utf8')).toBe('hello');
    },
  );

  test('what cannot be opened says why', async () => {
    await expect(openDuckDb(folder)).rejects.toThrow('The database cannot be opened (it is a folder)');
    const none = join(folder, 'none', 'a.duckdb');
    await expect(openDuckDb(none)).rejects.toMatchObject({
      message: expect.stringContaining('(there is no such folder)') as string,
      hint: `Make it first: ${join(folder, 'none')}`,
    });
  });

  test('an empty file, as a full disk leaves one, becomes a database; for reading it stays', async () => {
    await writeFile(path, '');
    await expect(openDuckDb(path, { readOnly: true })).rejects.toThrow('cannot be opened');
    expect(await readFile(path, 'utf8')).toBe('');
    const database = await openDuckDb(path);
    await (await database.connect()).run('CREATE TABLE t AS SELECT 1 AS a');
    await database.close();
    const again = await openDuckDb(path, { readOnly: true });
    expect(await (await again.connect()).all('FROM t')).toEqual([{ a: 1 }]);
    await again.close();
  });
});

test('to give memory back leaves the limit as the first who opened the file set it', async () => {
  const first = await openDuckDb(path, { memoryLimitBytes: 1_234 << 20 });
  const second = await openDuckDb(path, { memoryLimitBytes: 100 << 20 });
  const connection = await first.connect();
  const limit = async (): Promise<unknown> =>
    (await connection.all(`SELECT current_setting('memory_limit') AS limit`))[0]?.['limit'];
  expect(await limit()).toBe('1.2 GiB');
  for (let call = 0; call < 3; call++) await first.freeMemory?.();
  await second.freeMemory?.();
  expect(await limit()).toBe('1.2 GiB');
  expect(await connection.all('SELECT 42 AS answer')).toEqual([{ answer: 42 }]);
  await second.close();
  await first.close();
});

test('a query that sorts more than there is room for beside the database is an error, also after an exchange', async () => {
  const database = await openDuckDb(path, { memoryLimitBytes: 32 << 20, maxTempBytes: 8 << 20, threads: 1 });
  const sorted =
    'SELECT max(t) FROM (SELECT hash(range)::VARCHAR || range AS t FROM range(3000000) ORDER BY t LIMIT 2900000)';
  const other = join(folder, 'other.duckdb');
  await (await openDuckDb(other)).close();
  for (let round = 0; round < 2; round++) {
    const connection = await database.connect();
    expect(await connection.all("SELECT current_setting('max_temp_directory_size') AS size")).toEqual([
      { size: '8.0 MiB' },
    ]);
    await expect(connection.all(sorted)).rejects.toMatchObject({ code: 'DATAVIS_STORAGE_SQL' });
    await connection.close();
    if (round === 0) await database.file?.exchange(other);
  }
  await database.close();
});
