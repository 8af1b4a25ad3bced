import { fork } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SqlDatabase } from '@datavis/plugin-sdk';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Catalog } from '../catalog/catalog.js';
import { openDuckDb } from '../duckdb-node/duckdb-node.js';
import { createCatalogReader } from '../query/catalog-reader.js';
import { openWasmDatabase } from './node.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'datavis-exchange-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const native = (path: string): Promise<SqlDatabase> => openDuckDb(path);
const wasm = (path: string): Promise<SqlDatabase> => openWasmDatabase({ path });

describe('the same catalog in both engines', () => {
  test.each([
    ['made by the native engine, read and changed in WebAssembly', native, wasm],
    ['made in WebAssembly, read and changed by the native engine', wasm, native],
  ])('%s', async (_name, first, second) => {
    const path = join(folder, 'catalog.duckdb');
    const made = await first(path);
    const catalog = await Catalog.open(made);
    const connection = await catalog.database.connect();
    await connection.transaction(async () => {
      await connection.run("INSERT INTO datasets VALUES (1, 'both', 'file:///x', NULL)");
      await connection.append(
        'annotations',
        {
          annotation_key: { type: 'i64', values: BigInt64Array.of(1n, 2n) },
          dataset_key: { type: 'i64', values: BigInt64Array.of(1n, 1n) },
          polygons: {
            type: 'f64[][]',
            values: Float64Array.of(0.5, 1, 2),
            partOffsets: Uint32Array.of(0, 2, 3),
            offsets: Uint32Array.of(0, 2, 2),
          },
        },
        2,
      );
    });
    await made.close();

    const opened = await second(path);
    const page = await createCatalogReader(opened).page('both', 'annotations', { limit: 10 });
    expect(page.rows).toMatchObject([{ polygons: [[0.5, 1], [2]] }, { polygons: [] }]);
    const other = await opened.connect();
    await other.run("UPDATE datasets SET name = 'changed'");
    await opened.close();

    const again = await first(path);
    const reader = await again.connect();
    expect(await reader.all('SELECT name FROM datasets')).toEqual([{ name: 'changed' }]);
    await again.close();
  });

  test('one database at a time: duckdb-wasm would mix up the files of two', async () => {
    const database = await openWasmDatabase();
    await expect(openWasmDatabase()).rejects.toMatchObject({ code: 'DATAVIS_STORAGE_WASM_IN_USE' });
    await database.close();
    await (await openWasmDatabase()).close();
  });
});

/** A process that commits rows with DuckDB alone, and is killed: they are in the log beside the file. */
async function killedNative(path: string): Promise<void> {
  const script = join(folder, 'killed.mjs');
  writeFileSync(
    script,
    `const { DuckDBInstance } = await import(${JSON.stringify(import.meta.resolve('@duckdb/node-api'))});
     const instance = await DuckDBInstance.create(process.argv[2], { storage_compatibility_version: 'v1.4.0' });
     globalThis.held = [instance, await instance.connect()];
     await held[1].run('CREATE TABLE t (a BIGINT); INSERT INTO t VALUES (1), (2)');
     process.send('committed'); setInterval(() => globalThis.held, 1000);`,
  );
  const child = fork(script, [path], { execArgv: [] });
  await once(child, 'message');
  child.kill('SIGKILL');
  await once(child, 'exit');
}

/** The file and its log as a kill leaves them: WebAssembly takes no lock that reading them could drop. */
async function killedWasm(path: string): Promise<void> {
  const running = join(folder, 'running.duckdb');
  const database = await openWasmDatabase({ path: running });
  const connection = await database.connect();
  await connection.run('CREATE TABLE t (a BIGINT)');
  await connection.transaction(() => connection.run('INSERT INTO t VALUES (1), (2)'));
  for (const end of ['', '.wal']) copyFileSync(running + end, path + end);
  await database.close();
}

describe('what is in the log after a kill was committed', () => {
  const kills = [
    ['native driver', killedNative],
    ['one in WebAssembly', killedWasm],
  ] as const;
  const opens = [
    ['native driver', native],
    ['one in WebAssembly', wasm],
  ] as const;
  test.each(
    kills.flatMap(([killed, kill]) => opens.map(([opened, open]) => [killed, opened, kill, open] as const)),
  )('by the %s, and the %s reads and keeps it', async (_killed, _opened, kill, open) => {
    const path = join(folder, 'killed.duckdb');
    await kill(path);
    expect(existsSync(`${path}.wal`)).toBe(true);
    for (const again of [open, native, wasm]) {
      const database = await again(path);
      const connection = await database.connect();
      expect(await connection.all('SELECT a FROM t ORDER BY a')).toEqual([{ a: 1n }, { a: 2n }]);
      await database.close();
      expect(existsSync(`${path}.wal`)).toBe(false);
    }
  });
});

test.each([
  ['native driver', native, wasm],
  ['WebAssembly', wasm, native],
])('what the %s has open, the other does not open', async (_name, holder, other) => {
  const path = join(folder, 'held.duckdb');
  const database = await holder(path);
  await expect(other(path)).rejects.toMatchObject({ code: 'DATAVIS_CATALOG_LOCKED' });
  await database.close();
  await (await other(path)).close();
  expect(existsSync(`${path}.lock`)).toBe(false);
});
