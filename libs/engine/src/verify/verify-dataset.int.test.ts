import { mkdtemp, rm, utimes, writeFile, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SqlConnection, SqlDatabase } from '@datavis/plugin-sdk';
import { createObjectStoreResolver } from '@datavis/storage';
import { openDuckDb } from '@datavis/storage/duckdb-node';
import { openLocalStore } from '@datavis/storage/local';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createEngine, type Engine } from '../engine.js';
import type { VerifyProgress } from './verify-dataset.js';

let database: SqlDatabase;
let connection: SqlConnection;
let engine: Engine;
let folder: string;
let path: string;

const annotations = Array.from({ length: 5_000 }, (_, at) => ({
  id: at,
  image_id: at % 7,
  category_id: 1,
  bbox: [at / 3, 1, 2, 3],
  segmentation: [[at, 1, 2, 3, 4, 5 / 7]],
  extra: { at },
}));
const coco = {
  info: { year: 2026 },
  images: Array.from({ length: 7 }, (_, id) => ({ id, file_name: `${id}.jpg`, width: 8 })),
  annotations,
  categories: [{ id: 1, name: 'cat' }],
  videos: [{ id: 1 }, { id: 2 }],
};

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'datavis-verify-'));
  database = await openDuckDb(':memory:');
  connection = await database.connect();
  const stores = createObjectStoreResolver({ schemes: { file: openLocalStore } });
  engine = await createEngine({ database, stores });
  path = join(folder, 'instances_val.json');
  await writeFile(path, JSON.stringify(coco));
  await engine.import({ sources: [path], dataset: 'set', media: false });
});
afterEach(async () => {
  await database.close();
  await rm(folder, { recursive: true });
});

test('an import is equal to its source, section by section, and says how far it is', async () => {
  const seen: VerifyProgress[] = [];
  const { equal, sources } = await engine.verify({ dataset: 'set' }, { onProgress: (state) => seen.push(state) });
  const bytesTotal = 2 * (await stat(path)).size;
  expect(seen.at(-1)).toEqual({ uri: sources[0]?.uri, bytes: bytesTotal, bytesTotal });
  const bytes = seen.map((state) => state.bytes);
  expect(bytes).toEqual([...bytes].sort((a, b) => a - b));
  expect(new Set(bytes).size).toBeGreaterThan(2);
  expect(equal).toBe(true);
  expect(
    sources[0]?.sections.map(({ section, sourceRecords, storedRecords }) => [
      section,
      sourceRecords,
      storedRecords,
    ]),
  ).toEqual([
    ['images', 7, 7],
    ['annotations', 5_000, 5_000],
    ['categories', 1, 1],
    ['videos', 2, 2],
    ['info', 1, 1],
  ]);
});

test.each([
  [
    'a coordinate in its last bit',
    'UPDATE annotations SET bbox_x = nextafter(bbox_x, 1e9) WHERE idx = 4321',
    'annotations',
    4321,
  ],
  [
    'a point of a polygon',
    'UPDATE annotations SET polygons = [[4999, 1, 2, 3, 4, 5]] WHERE idx = 4999',
    'annotations',
    4999,
  ],
  ['an unknown key', `UPDATE annotations SET extra = '{"extra":{"at":6}}' WHERE idx = 5`, 'annotations', 5],
  ['a value that is gone', 'UPDATE images SET width = NULL WHERE id = 3', 'images', 3],
  ['a name', `UPDATE source_categories SET name = 'cats'`, 'categories', 0],
  ['a record that is gone', 'DELETE FROM annotations WHERE idx = 100', 'annotations', 100],
  ['a section without records', `UPDATE sources SET sections = replace(sections, '2026', '2027')`, 'info', 0],
  [
    'a record of another section',
    `UPDATE records SET json = '{"id": 3}' WHERE section = 'videos' AND idx = 1`,
    'videos',
    1,
  ],
])('%s is noticed, and named', async (_what, sql, section, firstDifference) => {
  expect(await connection.run(sql)).toBe(1);
  const { equal, sources } = await engine.verify({ dataset: 'set' });
  expect(equal).toBe(false);
  expect(sources[0]?.state).toBe('different');
  const wrong = sources[0]?.sections.filter((check) => !check.equal);
  expect(wrong).toMatchObject([{ section, firstDifference, onlyOrderDiffers: false }]);
});

test('another order is told apart from another content', async () => {
  await connection.run('UPDATE annotations SET idx = 4999 - idx');
  const [source] = (await engine.verify({ dataset: 'set' })).sources;
  expect(source?.sections.find(({ equal }) => !equal)).toMatchObject({
    section: 'annotations',
    onlyOrderDiffers: true,
  });
});

test('a source that has changed or is gone is not taken for proven', async () => {
  const { mtime } = await stat(path);
  await utimes(path, mtime, new Date(mtime.getTime() + 5_000));
  expect((await engine.verify({ dataset: 'set' })).sources.map(({ state }) => state)).toEqual(['changed']);
  await rm(path);
  const { equal, sources } = await engine.verify({ dataset: 'set' });
  expect([equal, sources[0]?.state]).toEqual([false, 'missing']);
  await expect(engine.verify({ dataset: 'none' })).rejects.toMatchObject({ code: 'DATAVIS_CATALOG_NOT_FOUND' });
});
