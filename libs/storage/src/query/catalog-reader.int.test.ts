import type { SqlDatabase, SqlRow } from '@datavis/plugin-sdk';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { migrate } from '../catalog/migrations.js';
import { openDuckDb } from '../duckdb-node/duckdb-node.js';
import { createCatalogReader } from './catalog-reader.js';
import type { CatalogReader } from './catalog-reader.js';
import { SORTS } from './order.js';
import { filterWords, parseFilter } from './parse-filter.js';

let database: SqlDatabase;
let reader: CatalogReader;

// Ten images (1 to 10) in two splits; image n has n % 4 annotations; a second dataset that must never show through.
beforeAll(async () => {
  database = await openDuckDb(':memory:');
  const connection = await database.connect();
  await migrate(connection);
  await connection.run(`
    INSERT INTO datasets VALUES (1, 'pets', 'file:///pets', now()::TIMESTAMP), (2, 'other', NULL, now()::TIMESTAMP);
    INSERT INTO splits VALUES (1, 1, 'train'), (2, 1, 'val'), (3, 2, 'train');
    INSERT INTO sources (source_key, dataset_key, uri) VALUES (1, 1, 'file:///pets/a.json');
    INSERT INTO images (image_key, dataset_key, split_key, id, idx, file_name, width, height, media_state)
      SELECT n, 1, CASE WHEN n % 2 = 0 THEN 2 ELSE 1 END, n * 1000, n - 1, 'image ' || (11 - n) || '.JPG',
        CASE WHEN n % 3 = 0 THEN NULL ELSE 100 * (n % 4) END, 480, CASE WHEN n = 4 THEN 'missing' ELSE 'found' END
      FROM range(1, 11) t(n);
    INSERT INTO images (image_key, dataset_key, split_key, id, file_name) VALUES (11, 2, 3, 1, 'secret.jpg');
    INSERT INTO source_images (source_key, image_key, id, idx) SELECT 1, image_key, id, idx FROM images WHERE dataset_key = 1;
    INSERT INTO categories (category_key, dataset_key, id, name, supercategory)
      VALUES (1, 1, 0, 'dog', 'animal'), (2, 1, 7, 'cat', 'animal'), (3, 1, 9, 'o''sofa', NULL), (4, 2, 1, 'dog', 'animal');
    INSERT INTO annotations (annotation_key, dataset_key, source_key, image_key, category_key, idx, area, iscrowd, score, caption)
      SELECT n * 10 + k, 1, 1, n, k + 1, n * 10 + k, CASE WHEN k = 2 THEN NULL ELSE n * 100 + k END, k = 1, k / 10.0,
        CASE WHEN n = 7 THEN 'A Dog sleeps' END
      FROM range(1, 11) t(n), range(0, 3) u(k) WHERE k < n % 4;
    UPDATE annotations SET id = annotation_key, id_text = NULL;
    UPDATE images SET file_name = 'a/b\\c/' || file_name WHERE image_key = 2;
    INSERT INTO annotations (annotation_key, dataset_key, image_key, category_key, area) VALUES (999, 2, 11, 4, 5);
    INSERT INTO findings (run_key, dataset_key, source_key, code, severity, section, idx)
      VALUES (1, 1, 1, 'bbox-zero', 'warning', 'annotations', 50), (1, 1, 1, 'image-size', 'info', 'images', 8);
    INSERT INTO finding_counts VALUES (1, 1, 1, 'bbox-zero', 'warning', 5), (1, 1, 1, 'image-size', 'info', 1);
    CREATE SCHEMA plg_boxes;
    CREATE TABLE plg_boxes.annotations (annotation_key BIGINT, ratio DOUBLE, label VARCHAR, vector FLOAT[]);
    INSERT INTO plg_boxes.annotations VALUES (50, 0.5, '1', NULL), (60, 2, 'x', NULL);
  `);
  await connection.close();
  reader = createCatalogReader(database);
});
afterAll(() => database.close());

test('a filter that finds nothing is explained by the names that the dataset does not have', async () => {
  const hint = (...words: string[]) => reader.hint('pets', parseFilter(filterWords(words)));
  expect(await hint('category=dgo')).toBe('There is no category "dgo" in this dataset. Did you mean "dog"?');
  expect(await hint('category=DOG')).toBe('There is no category "DOG" in this dataset. Did you mean "dog"?');
  expect(await hint('category=zebra', 'category=cat', 'split=trian', 'supercategory=furniture')).toBe(
    'There is no category "zebra" in this dataset. There is no supercategory "furniture" in this dataset. ' +
      'There is no split "trian" in this dataset. Did you mean "train"?',
  );
  expect(await hint('category=a', 'category=b', 'category=c', 'category=d', 'category=e')).toMatch(
    / Nor are there 2 more names\.$/,
  );
  expect(await hint("category=' OR 1=1 --")).toMatch(/^There is no category "' OR 1=1 --" in this dataset\.$/);
  // Nothing else that may find nothing is a mistake.
  expect(await hint('category=dog', 'category=!zebra', 'area=..0', 'text=nothing', 'split=val')).toBeUndefined();
  await expect(reader.hint('nope', {})).rejects.toMatchObject({ code: 'DATAVIS_CATALOG_NOT_FOUND' });
});

const keys = (rows: readonly SqlRow[], name = 'image_key'): number[] => rows.map((row) => Number(row[name]));

async function images(...words: string[]): Promise<number[]> {
  const { rows } = await reader.page('pets', 'images', { filter: parseFilter(filterWords(words)), limit: 100 });
  return keys(rows);
}
async function annotations(...words: string[]): Promise<number[]> {
  const { rows } = await reader.page('pets', 'annotations', {
    filter: parseFilter(filterWords(words)),
    limit: 100,
  });
  return keys(rows, 'annotation_key');
}

test('rows have what plugins keep for them, lists left out', async () => {
  const { rows } = await reader.page('pets', 'annotations', { limit: 100 });
  const plugins = new Map(rows.map((row) => [Number(row['annotation_key']), row['plugins']]));
  expect([plugins.get(50), plugins.get(60)]).toEqual([
    { boxes: { ratio: 0.5, label: '1' } },
    { boxes: { ratio: 2, label: 'x' } },
  ]);
  expect([...plugins.values()].filter((values) => Object.keys(values as object).length > 0).length).toBe(2);
});

test('the skeleton of a category is that of the first source which has one', async () => {
  const connection = await database.connect();
  await connection.run(`INSERT INTO source_categories (source_key, category_key, idx, skeleton)
    VALUES (1, 1, 0, NULL), (3, 1, 0, '[[2,3]]'), (2, 1, 0, '[[1,2]]')`);
  await connection.close();
  const categories = await reader.categories('pets');
  expect(categories.map(({ name, skeleton }) => [name, skeleton])).toEqual([
    ['dog', '[[1,2]]'],
    ['cat', null],
    ["o'sofa", null],
  ]);
});

describe('filters on images', () => {
  test.each<[words: string[], expected: number[]]>([
    [[], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]],
    [['split=val'], [2, 4, 6, 8, 10]],
    [['split=!val'], [1, 3, 5, 7, 9]],
    [
      ['split=val', 'split=train'],
      [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
    ],
    [['category=cat'], [2, 3, 6, 7, 10]],
    [
      ['category=cat', 'category=dog'],
      [1, 2, 3, 5, 6, 7, 9, 10],
    ],
    [['category=!cat'], [1, 4, 5, 8, 9]],
    [
      ['category=dog', 'category=!cat'],
      [1, 5, 9],
    ],
    [["category=o'sofa"], [3, 7]],
    [['supercategory=animal'], [1, 2, 3, 5, 6, 7, 9, 10]],
    [['supercategory=!animal'], [4, 8]],
    [['annotated=false'], [4, 8]],
    [
      ['annotated=true', 'split=val'],
      [2, 6, 10],
    ],
    [['missing=true'], [4]],
    [['id=3000'], [3]],
    [
      ['id=3000', 'id=007000', 'id=no number', 'id=1'],
      [3, 7],
    ],
    [['id=2999.5', 'id=4e3'], []],
    [['file=image 10.JPG'], [1]],
    [['file=image 9.JPG', 'file=a/b\\c/image 9.JPG'], [2]],
    [['file=image'], []],
    [['file=secret.jpg'], []],
    [['missing=false', 'annotated=false'], [8]],
    [['area=500..700'], [5, 6, 7]],
    [['area=>600', 'area=>600'].slice(0, 1), [6, 7, 9, 10]],
    // One annotation must meet all: no cat of image 6 is below 601.
    [
      ['category=cat', 'area=<601'],
      [2, 3],
    ],
    [['crowd=true', 'category=dog'], []],
    [['crowd=true'], [2, 3, 6, 7, 10]],
    [['score=0.2'], [3, 7]],
    [['width=200..'], [2, 7, 10]],
    [['text=IMAGE 1.'], [10]],
    [['text=dog SLEEPS'], [7]],
    [['text=%'], []],
    [['finding=bbox-zero'], [5]],
    [
      ['finding=image-size', 'finding=bbox-zero'],
      [5, 9],
    ],
    [
      ['finding=!bbox-zero', 'split=train'],
      [1, 3, 7, 9],
    ],
    [['column=boxes.ratio>=1'], [6]],
    [['column=boxes.label=1'], [5]],
    [['column=boxes.ratio=abc'], []],
  ])('%j', async (words, expected) => {
    expect(await images(...words)).toEqual(expected);
  });
});

describe('filters on annotations', () => {
  test.each<[words: string[], expected: number[]]>([
    [
      ['category=cat', 'split=val'],
      [21, 61, 101],
    ],
    [
      ['category=!dog', 'split=train'],
      [31, 32, 71, 72],
    ],
    [['area=>=900'], [90, 100, 101]],
    [['text=image 1.'], [100, 101]],
    [
      ['text=sleeps', 'crowd=false'],
      [70, 72],
    ],
    [['missing=true'], []],
    [['id=70'], [70]],
    [['file=image 4.JPG', 'crowd=true'], [71]],
    [['finding=bbox-zero'], [50]],
    [['column=boxes.ratio:0..1'], [50]],
  ])('%j', async (words, expected) => {
    expect(await annotations(...words)).toEqual(expected);
  });
});

describe('words that are no filter', () => {
  test.each([
    'category',
    'category=',
    'colour=red',
    'area=a',
    'area=..',
    'area=5..1',
    'area=1e999',
    'area=>',
    'area=1;2',
    'crowd=yes',
    'column=boxes',
    'column=Boxes.x=1',
    'column=boxes.ratio',
    'column=a"b.c=1',
  ])('%s', (word) => {
    expect(() => parseFilter(filterWords([word]))).toThrow(
      expect.objectContaining({ code: 'DATAVIS_CATALOG_FILTER' }) as Error,
    );
  });
  test.each([
    'column=boxes.nothing=1',
    'column=main.images=1',
    'column=boxes.vector=1',
    'column=boxes.annotation_key_=1',
  ])('%s is not in the database', async (word) => {
    await expect(images(word)).rejects.toMatchObject({ code: 'DATAVIS_CATALOG_FILTER' });
  });
});

describe('pages', () => {
  test.each(
    (['images', 'annotations'] as const).flatMap((table) => SORTS[table].map((sort) => [table, sort] as const)),
  )('%s by %s: pages of any length are the whole, in one order', async (table, sort) => {
    const key = table === 'images' ? 'image_key' : 'annotation_key';
    const whole = keys((await reader.page('pets', table, { sort, limit: 1000 })).rows, key);
    expect(new Set(whole).size).toBe(table === 'images' ? 10 : 15);
    for (const limit of [1, 2, 3, 9, 10, 14]) {
      const paged: number[] = [];
      let cursor: string | null = null;
      do {
        const page = await reader.page('pets', table, { sort, limit, ...(cursor !== null && { cursor }) });
        expect(page.rows.length).toBeLessThanOrEqual(limit);
        paged.push(...keys(page.rows, key));
        cursor = page.next;
      } while (cursor !== null);
      expect(paged, `limit ${limit}`).toEqual(whole);
    }
  });

  test('a forged cursor is refused or harmless, whatever it holds', async () => {
    const { next } = await reader.page('pets', 'images', { sort: 'file_name', limit: 2 });
    await expect(reader.page('pets', 'images', { limit: 2, cursor: next ?? '' })).rejects.toMatchObject({
      code: 'DATAVIS_CATALOG_CURSOR',
    });
    const forged = fc.oneof(
      fc.string(),
      fc.json(),
      fc
        .tuple(
          fc.constantFrom('file_name', 'width', 'key'),
          fc.oneof(fc.string(), fc.constant('1')),
          fc.jsonValue(),
        )
        .map((parts) => JSON.stringify(parts)),
    );
    await fc.assert(
      fc.asyncProperty(forged, fc.constantFrom('file_name', 'width', 'key'), async (text, sort) => {
        try {
          await reader.page('pets', 'images', { sort, limit: 2, cursor: Buffer.from(text).toString('base64url') });
        } catch (error) {
          expect(error).toMatchObject({ code: 'DATAVIS_CATALOG_CURSOR' });
        }
      }),
    );
  });

  test.each(['key; DROP TABLE images', 'key DESC', '--key', '', 'media_uri', 'constructor', '__proto__'])(
    'there is no order %j',
    async (sort) => {
      await expect(reader.page('pets', 'images', { sort, limit: 1 })).rejects.toMatchObject({
        code: 'DATAVIS_CATALOG_FILTER',
      });
    },
  );
});

test('no text of a filter becomes part of a statement', async () => {
  const hostile = fc.oneof(
    fc.constantFrom(
      "'",
      "''",
      "') OR true --",
      '"; DROP TABLE images; --',
      "\\'",
      '$1',
      '?',
      '%',
      '\u0000',
      "dog' UNION SELECT 1 --",
      '🐕',
    ),
    fc.string({ minLength: 1 }),
  );
  await fc.assert(
    fc.asyncProperty(
      hostile,
      fc.constantFrom('category', 'supercategory', 'split', 'finding'),
      async (name, field) => {
        const { rows } = await reader.page('pets', 'images', {
          filter: { [field]: { anyOf: [name], noneOf: [] } },
          limit: 10,
        });
        expect(rows).toEqual([]);
      },
    ),
  );
  expect(await images()).toHaveLength(10);
});

test('datasets, one image, its annotations, categories, statistics, findings, streams', async () => {
  expect(await reader.datasets()).toMatchObject([
    { name: 'pets', splits: ['train', 'val'], images: 10n, annotations: 15n, categories: 3n },
    { name: 'other', splits: ['train'], images: 1n, annotations: 1n, categories: 1n },
  ]);
  expect(await reader.image('pets', 3n)).toMatchObject({ image_key: 3n, split: 'train', id: 3000n, width: null });
  expect(await reader.image('pets', 11n)).toBeUndefined();
  expect(keys(await reader.annotationsOf('pets', [3n, 1n, 11n]), 'annotation_key')).toEqual([10, 30, 31, 32]);
  expect(await reader.annotationsOf('pets', [])).toEqual([]);
  expect((await reader.categories('pets')).map(({ name }) => name)).toEqual(['dog', 'cat', "o'sofa"]);
  expect(await reader.stats('pets')).toMatchObject({
    images: { total: 10, missing: 1, empty: 2 },
    annotations: { total: 15, crowd: 5 },
    categories: [
      { name: 'dog', annotations: 8 },
      { name: 'cat', annotations: 5, images: 5 },
      { name: "o'sofa", annotations: 2 },
    ],
    sizes: { small: 13, medium: 0, large: 0, unknown: 2 },
    // Widths 100 * (n % 4) of 480, none for 3, 6, 9, 0 for 4 and 8: 1, 2, 5, 7, 10 are left.
    aspects: {
      images: { tall: 5, even: 0, wide: 0, unknown: 5 },
      boxes: { tall: 0, even: 0, wide: 0, unknown: 15 },
    },
  });
  const first = await reader.findings('pets', { limit: 1 });
  expect(first).toMatchObject({
    rows: [{ code: 'bbox-zero', source: 'file:///pets/a.json' }],
    counts: { 'bbox-zero': 5, 'image-size': 1 },
  });
  expect((await reader.findings('pets', { limit: 1, cursor: first.next ?? '' })).rows).toMatchObject([
    { code: 'image-size' },
  ]);
  expect((await reader.findings('pets', { limit: 9, code: 'image-size' })).rows).toHaveLength(1);
  let streamed = 0;
  for await (const batch of reader.batches('pets', 'annotations', { filter: { crowd: true } }))
    streamed += batch.length;
  expect(streamed).toBe(5);
  await expect(reader.stats("pets' OR true")).rejects.toMatchObject({ code: 'DATAVIS_CATALOG_NOT_FOUND' });
});
