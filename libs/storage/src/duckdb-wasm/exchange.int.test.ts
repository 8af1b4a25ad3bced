import { mkdtempSync, rmSync } from 'node:fs';
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
