import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SqlConnection, SqlDatabase } from '@datavis/plugin-sdk';
import { createObjectStoreResolver } from '@datavis/storage';
import { openDuckDb } from '@datavis/storage/duckdb-node';
import { openLocalStore } from '@datavis/storage/local';
import { describeCorpus } from '@datavis/test-kit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createEngine, type Engine } from '../engine.js';

let database: SqlDatabase;
let connection: SqlConnection;
let engine: Engine;
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'datavis-import-'));
  database = await openDuckDb(':memory:');
  connection = await database.connect();
  engine = await createEngine({
    database,
    stores: createObjectStoreResolver({ schemes: { file: openLocalStore } }),
  });
});
afterEach(async () => {
  await database.close();
  await rm(folder, { recursive: true });
});

const count = async (table: string): Promise<number> => {
  const [row] = await connection.all<{ n: bigint }>(`SELECT count(*) AS n FROM ${table}`);
  return Number(row?.n);
};

test('a small dataset becomes rows that are joined', async () => {
  const coco = {
    info: { year: 2026 },
    licenses: [{ id: 1, name: 'MIT', url: 'https://opensource.org/license/mit' }],
    images: [
      { id: 7, file_name: 'a.jpg', width: 4, height: 3 },
      { id: 9, file_name: 'b.jpg', width: 4, height: 3 },
    ],
    annotations: [
      {
        id: 1,
        image_id: 7,
        category_id: 3,
        bbox: [0, 0, 2, 1],
        area: 2,
        iscrowd: 0,
        segmentation: [[0, 0, 2, 0, 2, 1]],
      },
      { id: 2, image_id: 8, category_id: 3, bbox: [0, 0, 1, 1] },
    ],
    categories: [{ id: 3, name: 'cat', supercategory: 'animal' }],
  };
  await writeFile(join(folder, 'instances_train.json'), JSON.stringify(coco));
  const result = await engine.import({
    sources: [join(folder, 'instances_train.json')],
    dataset: 'small',
    media: false,
  });
  expect(result.read).toEqual({ licenses: 1, images: 2, annotations: 2, categories: 1 });
  expect(result.imported).toEqual(result.read);
  expect(result.findings).toMatchObject({ 'unknown-image': 1, 'area-derived': 1 });
  expect(
    await connection.all(
      `SELECT a.id, i.file_name, c.name, s.name AS split, d.name AS dataset FROM annotations a LEFT JOIN images i USING (image_key)
       LEFT JOIN categories c USING (category_key) LEFT JOIN splits s USING (split_key)
       JOIN datasets d ON d.dataset_key = a.dataset_key ORDER BY a.id`,
    ),
  ).toEqual([
    { id: 1n, file_name: 'a.jpg', name: 'cat', split: 'train', dataset: 'small' },
    { id: 2n, file_name: null, name: 'cat', split: null, dataset: 'small' },
  ]);
  const again = await engine.import({
    sources: [join(folder, 'instances_train.json')],
    dataset: 'small',
    media: false,
  });
  expect(again.sources.map(({ state }) => state)).toEqual(['unchanged']);
  expect(await count('annotations')).toBe(2);
});

test('34: a listed picture without a file is marked missing, and the import goes on', async () => {
  const pixel = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
  await writeFile(join(folder, 'here.png'), Buffer.from(pixel, 'base64'));
  const images = ['here.png', 'gone.png'].map((file_name, id) => ({ id, file_name, width: 1, height: 1 }));
  await writeFile(
    join(folder, 'instances_train.json'),
    JSON.stringify({ images, annotations: [], categories: [] }),
  );
  const { imported, findings, media } = await engine.import({ sources: [folder] });
  expect([imported['images'], findings['image-missing'], media]).toEqual([
    2,
    1,
    { found: 1, missing: 1, unlisted: 0 },
  ]);
  expect(await connection.all('SELECT file_name, media_state, stored_width FROM images ORDER BY id')).toEqual([
    { file_name: 'here.png', media_state: 'found', stored_width: 1 },
    { file_name: 'gone.png', media_state: 'missing', stored_width: null },
  ]);
});

test('a malformed file leaves the database as it was', async () => {
  const text = '{"images": [{"id": 1, "file_name": "a.jpg"}, {"id": }]}';
  await writeFile(join(folder, 'bad.json'), text);
  await expect(engine.import({ sources: [join(folder, 'bad.json')], media: false })).rejects.toMatchObject({
    code: 'DATAVIS_INGEST_SYNTAX',
    place: { byteOffset: text.indexOf('}]}') },
  });
  for (const table of ['datasets', 'sources', 'ingest_runs', 'incoming_images']) expect(await count(table)).toBe(0);
});

describeCorpus('real photos in three files a split', (corpus) => {
  test('29 images have one row each', async () => {
    const result = await engine.import({ sources: [join(corpus, 'coco-sample')] });
    expect(result.read).toMatchObject({ images: 87, annotations: 302 + 68 + 145 });
    expect(await count('images')).toBe(29);
    expect(await count(`annotations WHERE caption IS NOT NULL`)).toBe(145);
    expect(await count(`annotations WHERE keypoints IS NOT NULL`)).toBe(68);
    expect(await count(`annotations WHERE image_key IS NULL`)).toBe(0);
  });
});
