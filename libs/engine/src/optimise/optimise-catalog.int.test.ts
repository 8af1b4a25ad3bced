import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { definePlugin } from '@datavis/plugin-sdk';
import { createCatalogReader } from '@datavis/storage';
import { openDuckDb } from '@datavis/storage/duckdb-node';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { bundle, runChild } from '../../testing/child.js';
import { dump } from '../../testing/dump.js';
import { openSandbox, type Sandbox } from '../../testing/sandbox.js';

let folder: string;
let sandbox: Sandbox;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'datavis-optimise-'));
  sandbox = await openSandbox(join(folder, 'set.duckdb'));
});
afterEach(async () => {
  await sandbox.close();
  await rm(folder, { recursive: true });
});

const IMAGES = 500;
const coco = {
  images: Array.from({ length: IMAGES }, (_, id) => ({ id, file_name: `${id}.jpg`, width: 9, height: 9 })),
  annotations: Array.from({ length: 20_000 }, (_, id) => ({
    id,
    image_id: (id * 7919) % IMAGES,
    category_id: 1,
    bbox: [id, 0, 1, 1],
    area: 1,
    segmentation: [[id, 0, id + 0.5, 0, id, 3.25]],
    note: `n${id}`,
  })),
  categories: [{ id: 1, name: 'cat' }],
};

test('rows lie by image, the file is no larger, and nothing else has changed', async () => {
  await sandbox.import(coco);
  await sandbox.engine.promoteField({ table: 'annotations', field: 'note' });
  // As the columns of plugins are kept: one table, and a view for each plugin.
  await sandbox.connection.run(`CREATE SCHEMA plg_boxes;
    CREATE VIEW plg_boxes.annotations AS SELECT annotation_key, area * 2 AS double FROM main.annotations`);
  const reader = createCatalogReader(sandbox.database);
  const before = [await dump(sandbox.database), await reader.page('set', 'annotations', { limit: 50 })];
  await sandbox.connection.close();
  const phases = new Set<string>();
  const result = await sandbox.engine.optimise({ onProgress: ({ phase }) => phases.add(phase) });
  expect([...phases]).toEqual(['copy', 'check', 'exchange']);
  expect(result).toMatchObject({ rows: { annotations: 20_000, images: IMAGES } });
  expect(result.bytesAfter).toBeLessThanOrEqual(result.bytesBefore);
  expect([await dump(sandbox.database), await reader.page('set', 'annotations', { limit: 50 })]).toEqual(before);
  const connection = await sandbox.database.connect();
  const rows = await connection.all<{ image_key: bigint }>('SELECT image_key FROM annotations');
  expect(await connection.all('SELECT sum(double) AS total FROM plg_boxes.annotations')).toEqual([
    { total: 40_000 },
  ]);
  await connection.close();
  expect(rows.map((row) => row.image_key)).toEqual(rows.map((row) => row.image_key).sort((a, b) => Number(a - b)));
  expect((await readdir(folder)).sort()).toEqual(['set.duckdb', 'set.duckdb.lock']);
  // The same engine goes on with the new file.
  const more = { ...coco, annotations: coco.annotations.slice(0, 10) };
  expect((await sandbox.import(more)).sources).toMatchObject([{ state: 'changed' }]);
});

test('plugins see their columns in the new file', async () => {
  const left = definePlugin({
    name: 'left',
    columns: { annotations: { px: 'f64' } },
    onAnnotations: (batch) => {
      batch.output('px').set(batch.column('bbox_x').subarray(0, batch.length));
    },
  });
  const withPlugin = await sandbox.with([left]);
  await withPlugin.import({ ...coco, annotations: coco.annotations.slice(0, 100) });
  await sandbox.connection.close();
  await sandbox.engine.optimise();
  const connection = await sandbox.database.connect();
  expect(await connection.all('SELECT sum(px) AS px FROM plg_left.annotations')).toEqual([{ px: 4950 }]);
  await connection.close();
});

test('room that removed rows left is given back', async () => {
  await sandbox.import(coco);
  await sandbox.import({ ...coco, annotations: coco.annotations.slice(0, 100) });
  await sandbox.connection.run('CHECKPOINT');
  await sandbox.connection.close();
  const { bytesBefore, bytesAfter } = await sandbox.engine.optimise();
  expect(bytesAfter).toBeLessThan(bytesBefore);
});

test('queries go on meanwhile; a connection that stays open is waited for', async () => {
  await sandbox.import(coco);
  const reader = createCatalogReader(sandbox.database);
  const held = sandbox.connection;
  let open = true;
  const optimising = sandbox.engine.optimise({
    onProgress: ({ phase }) => {
      if (phase === 'exchange' && open) {
        open = false;
        setTimeout(() => void held.close(), 200);
      }
    },
  });
  const state = { ended: false };
  void optimising.finally(() => (state.ended = true));
  let asked = 0;
  while (!state.ended) {
    expect((await reader.page('set', 'images', { limit: 1 })).rows).toHaveLength(1);
    asked += 1;
  }
  await optimising;
  expect(open).toBe(false);
  expect(asked).toBeGreaterThan(0);
});

test('what is no file, and what a copy would lose, is refused; the file stays', async () => {
  await sandbox.import(coco);
  await sandbox.connection.run('CREATE SEQUENCE theirs');
  await expect(sandbox.engine.optimise()).rejects.toMatchObject({ code: 'DATAVIS_ENGINE_OPTIMISE_SCHEMA' });
  await sandbox.connection.run('DROP SEQUENCE theirs');
  const abort = AbortSignal.abort();
  await expect(sandbox.engine.optimise({ signal: abort })).rejects.toThrow(/abort/i);
  expect(await sandbox.count('annotations')).toBe(20_000);
  const memory = await openSandbox();
  await expect(memory.engine.optimise()).rejects.toMatchObject({ code: 'DATAVIS_ENGINE_OPTIMISE_DRIVER' });
  await memory.close();
});

test('killed at any moment, the database says the same and is whole', async () => {
  await sandbox.import(coco);
  const before = await dump(sandbox.database);
  await sandbox.database.close();
  const path = join(folder, 'set.duckdb');
  // Below the workspace: the child resolves packages from where it lies.
  const cache = fileURLToPath(new URL('../../../../node_modules/.cache/', import.meta.url));
  await mkdir(cache, { recursive: true });
  const work = await mkdtemp(join(cache, 'optimise-'));
  const script = await bundle('optimise-child', work);
  let kills = 0;
  for (let round = 0; round < 8; round += 1) {
    const { killed } = await runChild(script, [path], 40 + round * 130);
    if (killed) kills += 1;
    const database = await openDuckDb(path);
    expect(await dump(database)).toEqual(before);
    await database.close();
  }
  await rm(work, { recursive: true });
  expect(kills).toBeGreaterThan(4);
}, 120_000);
