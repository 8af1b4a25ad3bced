import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SqlDatabase } from '@datavis/plugin-sdk';
import { createObjectStoreResolver } from '@datavis/storage';
import { openDuckDb } from '@datavis/storage/duckdb-node';
import { openLocalStore } from '@datavis/storage/local';
import fc from 'fast-check';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { createEngine } from '../engine.js';
import { diffDatasets } from './diff-datasets.js';

const folder = mkdtempSync(join(tmpdir(), 'datavis-diff-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});
const opened: SqlDatabase[] = [];
afterEach(async () => {
  for (const database of opened.splice(0)) await database.close();
});

interface Coco {
  readonly images: readonly Readonly<Record<string, unknown>>[];
  readonly annotations: readonly Readonly<Record<string, unknown>>[];
  readonly categories: readonly Readonly<Record<string, unknown>>[];
}

/** A database of its own that holds one dataset, `d`. */
async function imported(coco: Coco): Promise<SqlDatabase> {
  const database = await openDuckDb(':memory:');
  opened.push(database);
  const file = join(folder, 'a.json');
  writeFileSync(file, JSON.stringify(coco));
  const stores = createObjectStoreResolver({ schemes: { file: openLocalStore } });
  const engine = await createEngine({ database, stores });
  await engine.import({ sources: [file], dataset: 'd', media: false });
  return database;
}

async function diff(before: Coco, after: Coco) {
  const scratch = await openDuckDb(':memory:');
  opened.push(scratch);
  return await diffDatasets({
    before: { database: await imported(before), dataset: 'd' },
    after: { database: await imported(after), dataset: 'd' },
    scratch,
  });
}

const base: Coco = {
  images: [
    { id: 1, file_name: 'a.jpg', width: 4, height: 3 },
    { id: 2, file_name: 'b.jpg', width: 4, height: 3, weather: 'sun' },
  ],
  annotations: [
    { id: 1, image_id: 1, category_id: 7, bbox: [0, 0, 2, 1], area: 2, iscrowd: 0 },
    { id: 1, image_id: 1, category_id: 7, bbox: [0, 0, 1, 1], area: 1, iscrowd: 0 },
    { id: 1, image_id: 1, caption: 'a cat' },
    { id: 2, image_id: 2, category_id: 7, bbox: [1, 1, 2, 1], area: 2, iscrowd: 0 },
  ],
  categories: [{ id: 7, name: 'cat', supercategory: 'animal' }],
};

describe('diffDatasets', () => {
  test('a dataset is equal to itself, also with an id that stands three times', async () => {
    const { equal, tables } = await diff(base, base);
    expect(equal).toBe(true);
    expect(tables.annotations).toEqual({ added: 0, removed: 0, changed: 0, same: 4, examples: [] });
  });

  test('what was added, removed and changed, with the columns that differ', async () => {
    const after = {
      images: [base.images[0] ?? {}, { ...base.images[1], weather: 'rain' }, { id: 3, file_name: 'c.jpg' }],
      annotations: [
        ...base.annotations.slice(0, 1),
        { ...base.annotations[2], caption: 'two cats' },
        { ...base.annotations[3], bbox: [1, 1, 2, 2], score: 0.5 },
      ],
      categories: [...base.categories, { id: 9, name: 'dog', supercategory: 'animal' }],
    };
    const { equal, tables } = await diff(base, after);
    expect(equal).toBe(false);
    expect(tables.images).toEqual({
      added: 1,
      removed: 0,
      changed: 1,
      same: 1,
      examples: [
        { kind: 'added', record: 'c.jpg' },
        { kind: 'changed', record: 'b.jpg', columns: ['extra'] },
      ],
    });
    expect(tables.categories).toMatchObject({
      added: 1,
      examples: [{ kind: 'added', record: 'animal / dog' }],
    });
    expect(tables.annotations).toMatchObject({ added: 0, removed: 1, changed: 2, same: 1 });
    expect(tables.annotations.examples).toEqual([
      { kind: 'changed', record: 'caption 1 on a.jpg', columns: ['caption'] },
      { kind: 'changed', record: 'object 2 on b.jpg', columns: ['bbox_h', 'score'] },
      { kind: 'removed', record: 'object 1 on a.jpg' },
    ]);
  });

  test('an unknown dataset is an error', async () => {
    const database = await imported(base);
    const scratch = await openDuckDb(':memory:');
    opened.push(scratch);
    const side = { database, dataset: 'd' };
    await expect(
      diffDatasets({ before: side, after: { database, dataset: 'none' }, scratch }),
    ).rejects.toMatchObject({ code: 'DATAVIS_CATALOG_NOT_FOUND' });
  });

  test('counts are those of the sets, whichever records are left out', { timeout: 60_000 }, async () => {
    const images = Array.from({ length: 12 }, (_, id) => ({ id, file_name: `${id}.jpg`, width: 1, height: 1 }));
    const some = fc.subarray(images);
    await fc.assert(
      fc.asyncProperty(some, some, async (left, right) => {
        const of = (list: typeof images): Coco => ({ images: list, annotations: [], categories: [] });
        const { images: found } = (await diff(of(left), of(right))).tables;
        const both = left.filter((one) => right.includes(one)).length;
        expect(found).toMatchObject({
          added: right.length - both,
          removed: left.length - both,
          changed: 0,
          same: both,
        });
      }),
      { numRuns: 4 },
    );
  });
});
