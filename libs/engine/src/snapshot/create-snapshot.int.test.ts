import { chmod, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SqlDatabase } from '@datavis/plugin-sdk';
import { createCatalogReader } from '@datavis/storage';
import { openDuckDb } from '@datavis/storage/duckdb-node';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { dump } from '../../testing/dump.js';
import { datasetText } from '../../testing/kill-loop.js';
import { openSandbox, type Sandbox } from '../../testing/sandbox.js';

let box: Sandbox;
beforeEach(async () => {
  box = await openSandbox();
});
afterEach(() => box.close());

async function reading<T>(path: string, read: (database: SqlDatabase) => Promise<T>): Promise<T> {
  const database = await openDuckDb(path, { readOnly: true });
  try {
    return await read(database);
  } finally {
    await database.close();
  }
}

describe('a snapshot of everything', () => {
  test('holds every row of every table, also those of plugins, and opens read-only', async () => {
    await box.import(datasetText());
    await box.connection.run(
      'CREATE SCHEMA plg_t; CREATE TABLE plg_t.images AS SELECT image_key, source_key, 1.5::FLOAT AS score FROM images',
    );
    const out = join(box.folder, "it's.duckdb");
    const { bytes, rows, leftOut } = await box.engine.snapshot({ out });
    expect({ size: (await stat(out)).size, mode: (await stat(out)).mode & 0o777 }).toEqual({
      size: bytes,
      mode: 0o444,
    });
    expect(rows).toMatchObject({ images: 600, annotations: 6000, 'plg_t.images': 600 });
    expect(leftOut).toEqual([]);
    expect(await reading(out, (copy) => dump(copy))).toEqual(await dump(box.database));
    await reading(out, async (copy) => {
      const connection = await copy.connect();
      expect(await connection.all('SELECT count(*)::INTEGER AS n FROM plg_t.images')).toEqual([{ n: 600 }]);
      await expect(connection.run('DELETE FROM images')).rejects.toThrow(/read-only/);
      await connection.close();
    });
  });

  test('is sorted by image', async () => {
    await box.import(datasetText());
    const out = join(box.folder, 'sorted.duckdb');
    await box.engine.snapshot({ out });
    const keys = (database: SqlDatabase): Promise<(bigint | null)[]> =>
      database.connect().then(async (connection) => {
        const rows = await connection.all<{ image_key: bigint | null }>('SELECT image_key FROM annotations');
        return rows.map(({ image_key: key }) => key);
      });
    const copied = await reading(out, keys);
    const known = copied.filter((key) => key !== null);
    expect(known).toEqual([...known].sort((a, b) => Number(a - b)));
    expect(await keys(box.database)).not.toEqual(copied);
  });

  test('answers the questions that the catalog answers', async () => {
    await box.import(datasetText());
    const out = join(box.folder, 'asked.duckdb');
    await box.engine.snapshot({ out });
    const ask = async (database: SqlDatabase): Promise<unknown[]> => {
      const reader = createCatalogReader(database);
      return [
        await reader.datasets(),
        await reader.stats('set'),
        await reader.page('set', 'annotations', { filter: { area: { min: 1 } }, limit: 20, sort: '-area' }),
      ];
    };
    expect(await reading(out, ask)).toEqual(await ask(box.database));
  });
});

test('a snapshot of one dataset holds nothing of the others', async () => {
  await box.import(datasetText(), { name: 'a.json', dataset: 'a' });
  await box.import(datasetText().replaceAll('"c0"', '"secret"'), { name: 'b.json', dataset: 'b' });
  await box.connection.run(
    `CREATE SCHEMA plg_t; CREATE TABLE plg_t.images AS SELECT image_key, source_key FROM images;
     CREATE TABLE plg_t.notes AS SELECT 'secret' AS note`,
  );
  const out = join(box.folder, 'a.duckdb');
  const { rows, leftOut } = await box.engine.snapshot({ out, dataset: 'a' });
  expect(rows).toMatchObject({ datasets: 1, sources: 1, images: 600, annotations: 6000, 'plg_t.images': 600 });
  expect(leftOut).toEqual(['plg_t.notes']);
  const tables = await reading(out, (copy) => dump(copy));
  expect(JSON.stringify(tables)).not.toContain('secret');
  expect(JSON.stringify(tables)).not.toContain('b.json');
  expect(tables['annotations']).toHaveLength(6000);
});

describe('what goes wrong', () => {
  test('leaves no file: unknown dataset, taken name, abort, a folder that is not there', async () => {
    await box.import(datasetText());
    const before = await readdir(box.folder);
    const out = join(box.folder, 'x.duckdb');
    await expect(box.engine.snapshot({ out, dataset: 'none' })).rejects.toMatchObject({
      code: 'DATAVIS_ENGINE_SNAPSHOT_NOT_FOUND',
    });
    const abort = new AbortController();
    const aborted = box.engine.snapshot(
      { out },
      {
        signal: abort.signal,
        onProgress: () => {
          abort.abort();
        },
      },
    );
    await expect(aborted).rejects.toThrow(/abort/i);
    await expect(box.engine.snapshot({ out: join(box.folder, 'no/x.duckdb') })).rejects.toMatchObject({
      code: 'DATAVIS_STORAGE_SQL',
    });
    expect(await readdir(box.folder)).toEqual(before);
    // The connection pool is as usable as before.
    await box.engine.snapshot({ out });
    await expect(box.engine.snapshot({ out })).rejects.toMatchObject({ code: 'DATAVIS_ENGINE_SNAPSHOT_EXISTS' });
  });

  test('a name taken while the snapshot was made is not replaced; with overwrite, it is', async () => {
    await box.import(datasetText());
    const out = join(box.folder, 'x.duckdb');
    const late = box.engine.snapshot({ out }, { onProgress: () => void writeFile(out, 'theirs') });
    await expect(late).rejects.toMatchObject({ code: 'DATAVIS_ENGINE_SNAPSHOT_EXISTS' });
    await chmod(out, 0o600);
    await box.engine.snapshot({ out, overwrite: true });
    expect(await reading(out, (copy) => dump(copy))).toEqual(await dump(box.database));
  });

  test('an import that runs meanwhile is neither held up nor half seen', async () => {
    await box.import(datasetText(), { name: 'a.json', dataset: 'a' });
    const importing = box.import(datasetText(), { name: 'b.json', dataset: 'b' });
    const out = join(box.folder, 'meanwhile.duckdb');
    await box.engine.snapshot({ out });
    await importing;
    const tables = await reading(out, (copy) => dump(copy));
    expect(tables['images']?.filter((row) => row.includes('"dataset_key":"1n"'))).toHaveLength(600);
    // Of b, either everything or what was committed by then, marked as such.
    const linked = tables['images']?.length === 1200;
    expect(tables['sources']?.filter((row) => row.includes('"state":"done"'))).toHaveLength(linked ? 2 : 1);
  });
});
