import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createObjectStoreResolver } from '@datavis/storage';
import { openDuckDb } from '@datavis/storage/duckdb-node';
import { openLocalStore } from '@datavis/storage/local';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { bundle, runChild } from '../../testing/child.js';
import { dump } from '../../testing/dump.js';
import { datasetText } from '../../testing/kill-loop.js';
import { openSandbox, type Sandbox } from '../../testing/sandbox.js';
import { createEngine } from '../engine.js';
import { createSnapshotFolder } from './snapshot-folder.js';

let box: Sandbox;
beforeEach(async () => {
  box = await openSandbox();
});
afterEach(() => box.close());

test('snapshots are listed, found and removed by name; leftovers of a crash go with the next one', async () => {
  await box.import(datasetText());
  const folder = join(box.folder, 'snapshots');
  const snapshots = createSnapshotFolder(box.database, folder);
  expect(await snapshots.list()).toEqual([]);
  await snapshots.create({ name: 'one' });
  await writeFile(join(folder, 'two.duckdb.123.partial'), 'half');
  await writeFile(join(folder, 'two.duckdb.123.partial.wal'), 'half');
  expect((await snapshots.list()).map(({ name }) => name)).toEqual(['one']);
  await snapshots.create({ name: 'two', dataset: 'set' });
  expect((await readdir(folder)).sort()).toEqual(['one.duckdb', 'two.duckdb']);
  expect((await snapshots.list()).map(({ name }) => name)).toEqual(['two', 'one']);
  expect((await snapshots.get('two')).path).toBe(join(folder, 'two.duckdb'));
  await snapshots.remove('one');
  await expect(snapshots.get('one')).rejects.toMatchObject({ code: 'DATAVIS_ENGINE_SNAPSHOT_NOT_FOUND' });
  await expect(snapshots.create({ name: 'two' })).rejects.toMatchObject({ code: 'DATAVIS_ENGINE_SNAPSHOT_EXISTS' });
  for (const name of ['', '.', '..', '../x', 'a/b', 'a\\b', '.hidden', 'a\0', 'x'.repeat(101)]) {
    for (const call of [snapshots.get(name), snapshots.remove(name), snapshots.create({ name })]) {
      await expect(call, name).rejects.toMatchObject({ code: 'DATAVIS_ENGINE_SNAPSHOT_INVALID' });
    }
  }
});

test('killed at 8 random moments, every file that has its name is whole, and the catalog is untouched', async () => {
  // Below the package, so that the script finds the database's native module.
  const cache = fileURLToPath(new URL('../../node_modules/.cache/', import.meta.url));
  await mkdir(cache, { recursive: true });
  const work = await mkdtemp(join(cache, 'snapshot-kill-'));
  try {
    const path = join(work, 'catalog.duckdb');
    const database = await openDuckDb(path);
    const stores = createObjectStoreResolver({ schemes: { file: openLocalStore } });
    const engine = await createEngine({ database, stores });
    await engine.import({ sources: [await box.file('set.json', datasetText())], dataset: 'set', media: false });
    const expected = await dump(database);
    await database.close();

    const script = await bundle('snapshot-child', work);
    const { ms } = await runChild(script, [path, join(work, 'whole')]);
    let kills = 0;
    let whole = 0;
    let leftovers = 0;
    for (let round = 0; round < 8; round += 1) {
      const folder = join(work, String(round));
      kills += (await runChild(script, [path, folder], Math.random() * ms)).killed ? 1 : 0;
      const files = await readdir(folder).catch(() => []);
      leftovers += files.filter((name) => !name.endsWith('.duckdb')).length;
      for (const name of files.filter((one) => one.endsWith('.duckdb'))) {
        const copy = await openDuckDb(join(folder, name), { readOnly: true });
        expect(await dump(copy)).toEqual(expected);
        await copy.close();
        whole += 1;
      }
    }
    expect([kills > 4, whole > 0, leftovers > 0]).toEqual([true, true, true]);
    const after = await openDuckDb(path);
    expect(await dump(after)).toEqual(expected);
    await after.close();
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}, 300_000);
