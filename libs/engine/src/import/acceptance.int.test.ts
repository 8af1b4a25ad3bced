import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { dump } from '../../testing/dump.js';
import { openSandbox, type Sandbox } from '../../testing/sandbox.js';

let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = await openSandbox();
});
afterEach(() => sandbox.close());

const image = (id: unknown, more = {}) => ({ id, file_name: `${String(id)}.jpg`, width: 64, height: 48, ...more });
const box = (id: unknown, imageId: unknown, more = {}) => ({
  id,
  image_id: imageId,
  category_id: 1,
  bbox: [1, 2, 3, 4],
  area: 12,
  iscrowd: 0,
  ...more,
});
const cat = { id: 1, name: 'cat', supercategory: 'animal' };
const linked = `SELECT a.id::VARCHAR AS id, i.file_name, c.name FROM annotations a LEFT JOIN images i USING (image_key)
  LEFT JOIN categories c USING (category_key) ORDER BY a.idx`;

describe('shape of the file', () => {
  test('acceptance 1: many polygons are stored as they are, never rasterised', async () => {
    const segmentation = Array.from({ length: 400 }, (_, at) => [at, 0, at + 1, 0, at + 1, 100_000]);
    await sandbox.import({
      images: [image(1, { width: 100_000, height: 100_000 })],
      annotations: [box(1, 1, { segmentation })],
      categories: [cat],
    });
    expect(await sandbox.all('SELECT len(polygons) AS n, polygons[400][1] AS x FROM annotations')).toEqual([
      { n: 400n, x: 399 },
    ]);
  });

  test('acceptance 6: many files of one image each, in one call over a glob', async () => {
    await mkdir(join(sandbox.folder, 'many'));
    for (let at = 0; at < 12; at += 1) {
      await sandbox.file(`many/${at}.json`, { images: [image(at)], annotations: [box(at, at)], categories: [cat] });
    }
    const result = await sandbox.engine.import({
      sources: [`${sandbox.folder}/many/*.json`],
      dataset: 'set',
      split: 'all',
      media: false,
    });
    expect(result.imported).toEqual({ images: 12, annotations: 12, categories: 12 });
    expect(await sandbox.count('images')).toBe(12);
    expect(await sandbox.count('categories')).toBe(1);
    expect(await sandbox.count('annotations WHERE image_key IS NULL OR category_key IS NULL')).toBe(0);
  });

  test('acceptance 8: sections in any order give the same rows', async () => {
    const sections = {
      info: { year: 2026 },
      licenses: [{ id: 1, name: 'MIT', url: 'u' }],
      images: [image(5), image(3), image(5, { file_name: 'twice.jpg' })],
      annotations: [box(1, 3), box(2, 5), box(2, 77), box(4, 3, { category_id: 9 })],
      categories: [cat, { id: 2, name: 'dog' }],
      videos: [{ id: 1 }],
    };
    const orders = [
      ['info', 'licenses', 'images', 'annotations', 'categories', 'videos'],
      ['annotations', 'images', 'videos', 'categories', 'licenses', 'info'],
      ['categories', 'annotations', 'info', 'images', 'videos', 'licenses'],
    ] as const;
    // The places in the file are what differs; what the rows say does not.
    const without = [
      'byte_offset',
      'sections',
      'cursor',
      'version',
      'uri',
      'root_uri',
      'head_checksum',
      'checksum',
      'report',
    ];
    const dumps = [];
    for (const order of orders) {
      const one = await openSandbox();
      await one.import(Object.fromEntries(order.map((name) => [name, sections[name]])));
      dumps.push(await dump(one.database, { without }));
      await one.close();
    }
    expect(dumps[1]).toEqual(dumps[0]);
    expect(dumps[2]).toEqual(dumps[0]);
  });

  test.each([
    ['no info, no licenses', { images: [image(1)], annotations: [box(1, 1)], categories: [cat] }],
    ['info: null', { info: null, licenses: null, images: [image(1)], annotations: [box(1, 1)], categories: [cat] }],
  ])('acceptance 9: %s', async (_name, coco) => {
    expect((await sandbox.import(coco)).imported).toMatchObject({ images: 1, annotations: 1 });
  });

  test('acceptance 10: NaN is null with a finding; strict stops at its byte and leaves nothing', async () => {
    const text = `{"images":[],"annotations":[{"id":1,"image_id":1,"area":NaN}]}`;
    await expect(sandbox.import(text, { policy: 'strict' })).rejects.toMatchObject({
      code: 'DATAVIS_INGEST_STOPPED',
      place: { section: 'annotations' },
    });
    expect(await sandbox.count('datasets')).toBe(0);
    const result = await sandbox.import(text);
    expect(result.findings['non-finite-number']).toBe(1);
    expect(await sandbox.all('SELECT area FROM annotations')).toEqual([{ area: null }]);
  });

  test('acceptance 13: sections that are objects keyed by id', async () => {
    const coco = { images: [image(1)], annotations: { a: box(1, 1), b: box(2, 1) }, categories: { 1: cat } };
    const result = await sandbox.import(coco);
    expect(result.imported).toMatchObject({ annotations: 2, categories: 1 });
    expect(await sandbox.all('SELECT key FROM annotations ORDER BY idx')).toEqual([{ key: 'a' }, { key: 'b' }]);
    expect(await sandbox.count('annotations WHERE image_key IS NULL')).toBe(0);
  });

  test('acceptance 14: a results file joins the images and categories of its dataset', async () => {
    await sandbox.import(
      { images: [image(1), image(2)], annotations: [], categories: [cat] },
      { name: 'truth.json' },
    );
    const results = [{ image_id: 2, category_id: 1, bbox: [0, 0, 1, 1], score: 0.5 }];
    const result = await sandbox.import(results, { name: 'results.json' });
    expect(result.imported).toEqual({ annotations: 1 });
    expect(await sandbox.all('SELECT score, i.file_name FROM annotations JOIN images i USING (image_key)')).toEqual(
      [{ score: 0.5, file_name: '2.jpg' }],
    );
    await expect(sandbox.import([{ name: 'no results' }], { name: 'x.json' })).rejects.toMatchObject({
      code: 'DATAVIS_INGEST_NOT_COCO',
    });
  });

  test('acceptance 15: captions and boxes in one file', async () => {
    await sandbox.import({
      images: [image(1)],
      annotations: [box(1, 1), { id: 2, image_id: 1, caption: 'a cat' }],
      categories: [cat],
    });
    expect(await sandbox.all('SELECT caption, bbox_w FROM annotations ORDER BY idx')).toEqual([
      { caption: null, bbox_w: 3 },
      { caption: 'a cat', bbox_w: null },
    ]);
  });
});

describe('ids', () => {
  test('acceptance 19: categories are joined by id inside of a file, by name across files', async () => {
    const one = {
      images: [image(1)],
      annotations: [box(1, 1, { category_id: 7 })],
      categories: [
        { ...cat, id: 7 },
        { id: 3, name: 'dog' },
      ],
    };
    const two = {
      images: [image(2)],
      annotations: [box(1, 2, { category_id: 0 })],
      categories: [
        { ...cat, id: 0 },
        { id: 7, name: 'cow' },
      ],
    };
    await sandbox.import(one, { name: 'one.json' });
    await sandbox.import(two, { name: 'two.json' });
    expect((await sandbox.all(linked)).map(({ name }) => name)).toEqual(['cat', 'cat']);
    expect(await sandbox.count('categories')).toBe(3);
    expect(
      await sandbox.all(
        `SELECT s.id FROM source_categories s JOIN categories c USING (category_key)
      WHERE c.name = 'cat' ORDER BY s.source_key`,
      ),
    ).toEqual([{ id: 7n }, { id: 0n }]);
  });

  test('acceptance 20: category id 0 is a category like any other', async () => {
    await sandbox.import({
      images: [image(0)],
      annotations: [box(0, 0, { category_id: 0 })],
      categories: [{ ...cat, id: 0 }],
    });
    expect(await sandbox.all(linked)).toEqual([{ id: '0', file_name: '0.jpg', name: 'cat' }]);
  });

  test('acceptance 21: one category name under two ids', async () => {
    const result = await sandbox.import({
      images: [image(1)],
      annotations: [box(1, 1), box(2, 1, { category_id: 2 })],
      categories: [cat, { ...cat, id: 2 }],
    });
    expect(result.findings['duplicate-category-name']).toBeGreaterThan(0);
    expect(await sandbox.all('SELECT count(DISTINCT category_key) AS n FROM annotations')).toEqual([{ n: 2n }]);
  });

  test('acceptance 22: duplicate and missing annotation ids: every record under its own key, with places', async () => {
    const result = await sandbox.import({
      images: [image(1)],
      annotations: [box(5, 1), box(5, 1), box(undefined, 1)],
      categories: [cat],
    });
    expect(result.imported.annotations).toBe(3);
    expect(result.findings).toMatchObject({ 'duplicate-annotation-id': 2, 'annotation-id-missing': 1 });
    expect(await sandbox.all('SELECT annotation_key FROM annotations ORDER BY idx')).toEqual(
      [1n, 2n, 3n].map((key) => ({ annotation_key: key })),
    );
    const places = await sandbox.all(
      "SELECT idx, record_id, byte_offset > 0 AS placed FROM findings WHERE code = 'duplicate-annotation-id' ORDER BY idx",
    );
    expect(places).toEqual([0, 1].map((idx) => ({ idx, record_id: '5', placed: true })));
  });

  test('acceptance 23: duplicate image ids: all kept, annotations marked and attached to none', async () => {
    const result = await sandbox.import({
      images: [image(1), image(1, { file_name: 'b.jpg' })],
      annotations: [box(1, 1)],
      categories: [cat],
    });
    expect(result.findings).toMatchObject({ 'duplicate-image-id': 2, 'ambiguous-image': 1 });
    expect(await sandbox.count('images')).toBe(2);
    expect(await sandbox.all('SELECT image_key, image_ambiguous FROM annotations')).toEqual([
      { image_key: null, image_ambiguous: true },
    ]);
  });

  test('acceptance 24: one file_name under two ids', async () => {
    const result = await sandbox.import({
      images: [image(1), image(2, { file_name: '1.jpg' })],
      annotations: [box(1, 2)],
      categories: [cat],
    });
    expect(result.findings['duplicate-file-name']).toBe(2);
    expect(await sandbox.all('SELECT i.id FROM annotations JOIN images i USING (image_key)')).toEqual([{ id: 2n }]);
  });

  test('acceptance 25: "2299" joins 2299 with a finding; leading zeros are kept', async () => {
    const coco = {
      images: [image('2299'), image(7), image('007')],
      annotations: [box(1, 2299), box(2, '007'), box(3, '7')],
      categories: [cat],
    };
    const result = await sandbox.import(coco);
    expect((await sandbox.all(linked)).map(({ file_name: name }) => name)).toEqual([
      '2299.jpg',
      '007.jpg',
      '7.jpg',
    ]);
    expect(result.findings['id-type-differs']).toBe(2);
    expect(await sandbox.all('SELECT id_text FROM images WHERE id IS NULL ORDER BY idx')).toEqual([
      { id_text: '2299' },
      { id_text: '007' },
    ]);
  });

  test('acceptance 26: ids above 2^53 are exact', async () => {
    const big = '9223372036854775807';
    const near = '9223372036854775806';
    const text = `{"images":[{"id":${big},"file_name":"a"},{"id":${near},"file_name":"b"}],
      "annotations":[{"id":900100448263,"image_id":${near}}],"categories":[]}`;
    await sandbox.import(text);
    expect(
      await sandbox.all('SELECT a.id, i.id AS image FROM annotations a JOIN images i USING (image_key)'),
    ).toEqual([{ id: 900100448263n, image: BigInt(near) }]);
  });

  test('acceptance 27: annotations of an unknown image or category are counted, the rest imports', async () => {
    const result = await sandbox.import({
      images: [image(1)],
      annotations: [box(1, 9), box(2, 1, { category_id: 9 }), box(3, 1)],
      categories: [cat],
    });
    expect(result.findings).toMatchObject({ 'unknown-image': 1, 'unknown-category': 1 });
    expect(result.imported.annotations).toBe(3);
  });

  test('acceptance 28: the same ids for images and annotations, in train and in val', async () => {
    const coco = { images: [image(1)], annotations: [box(1, 1)], categories: [cat] };
    await sandbox.import(coco, { name: 'train.json', split: 'train' });
    await sandbox.import(coco, { name: 'val.json', split: 'val' });
    expect(
      await sandbox.all(`SELECT s.name, count(*) AS n FROM annotations JOIN images i USING (image_key)
      JOIN splits s USING (split_key) GROUP BY ALL ORDER BY ALL`),
    ).toEqual([
      { name: 'train', n: 1n },
      { name: 'val', n: 1n },
    ]);
  });
});

describe('geometry', () => {
  test('acceptance 29 and 30: every form of segmentation keeps its box', async () => {
    const forms = [
      [1, 2, 3, 4, 5, 6],
      [[1, 2, 3]],
      [[1, 2]],
      [],
      [[]],
      null,
      { counts: [0, 4], size: [2, 2] },
      { counts: 'PP', size: [2, 2] },
    ];
    const annotations = [
      ...forms.map((segmentation, at) => box(at, 1, { segmentation })),
      box(99, 1, { iscrowd: true }),
    ];
    const result = await sandbox.import({ images: [image(1)], annotations, categories: [cat] });
    expect(result.imported.annotations).toBe(annotations.length);
    expect(await sandbox.count('annotations WHERE bbox_w = 3')).toBe(annotations.length);
    expect(await sandbox.count('annotations WHERE rle IS NOT NULL')).toBe(2);
  });

  test('acceptance 31: odd boxes are stored as found and flagged', async () => {
    const boxes = [
      [-1, 0, 5, 5],
      [0, 0, -5, 5],
      [0, 0, 0, 5],
      [0.1234567890123, 0, 1, 1],
    ];
    const result = await sandbox.import({
      images: [image(1)],
      annotations: boxes.map((bbox, id) => box(id, 1, { bbox })),
      categories: [cat],
    });
    expect(
      (await sandbox.all('SELECT bbox_x, bbox_y, bbox_w, bbox_h FROM annotations ORDER BY idx')).map((row) =>
        Object.values(row),
      ),
    ).toEqual(boxes);
    expect(result.findings).toMatchObject({ 'bbox-negative': 1, 'bbox-zero-size': 1, 'bbox-outside-image': 1 });
  });

  test('acceptance 32: area and box are derived from the shape into columns of their own', async () => {
    const lacking = (id: number, more: object) => ({ id, image_id: 1, category_id: 1, ...more });
    const triangle = [1, 1, 4, 1, 4, 3];
    // 2 x 2 pixels of 4 x 3, column by column: rows 1 and 2 of the columns 1 and 2.
    const counts = [4, 2, 1, 2, 3];
    const annotations = [
      lacking(1, { bbox: [1, 2, 3, 4] }),
      lacking(2, { area: 3, segmentation: [triangle] }),
      lacking(3, { bbox: [0, 0, 9, 9], segmentation: [triangle, [10, 10, 10, 14, 12, 14, 12, 10], [1, 2, 3]] }),
      lacking(4, { segmentation: { counts, size: [3, 4] } }),
      lacking(5, { bbox: [0, 0, 4, 3], segmentation: { counts: [4, 2], size: [3, 4] } }),
      lacking(6, { area: 'large', bbox: [0, 0, 4, 3], segmentation: [] }),
      lacking(7, { caption: 'no shape at all' }),
    ];
    const result = await sandbox.import({ images: [image(1)], annotations, categories: [cat] });
    const rows = await sandbox.all(
      `SELECT id, area, area_derived AS derived, bbox_x_derived AS x, bbox_y_derived AS y, bbox_w_derived AS w,
         bbox_h_derived AS h FROM annotations ORDER BY idx`,
    );
    const none = { x: null, y: null, w: null, h: null };
    expect(rows).toEqual([
      { id: 1n, area: null, derived: 12, ...none },
      { id: 2n, area: 3, derived: null, x: 1, y: 1, w: 3, h: 2 },
      { id: 3n, area: null, derived: 3 + 8, ...none },
      { id: 4n, area: null, derived: 4, x: 1, y: 1, w: 2, h: 2 },
      // Runs that do not fill the mask are no mask: the box it is.
      { id: 5n, area: null, derived: 12, ...none },
      { id: 6n, area: null, derived: 12, ...none },
      { id: 7n, area: null, derived: null, ...none },
    ]);
    expect(result.findings).toMatchObject({ 'area-derived': 5, 'bbox-derived': 2 });
  });
});

test('segments of a panoptic file are rows, with their category', async () => {
  const segments = [
    { id: 11, category_id: 1, area: 4, bbox: [0, 1, 2, 2], iscrowd: 0 },
    { id: 12, category_id: 9, area: 1.5, bbox: [], iscrowd: 1 },
  ];
  await sandbox.import({
    images: [image(1)],
    annotations: [{ image_id: 1, file_name: '1.png', segments_info: segments }],
    categories: [cat],
  });
  expect(
    await sandbox.all(`SELECT s.idx, s.id, c.name, s.area, bbox_h, s.iscrowd FROM segments s
      LEFT JOIN categories c USING (category_key) ORDER BY s.idx`),
  ).toEqual([
    { idx: 0, id: 11n, name: 'cat', area: 4, bbox_h: 2, iscrowd: false },
    { idx: 1, id: 12n, name: null, area: 1.5, bbox_h: null, iscrowd: true },
  ]);
});

test('segments that DuckDB takes for no JSON stay in their annotation, and the others become rows', async () => {
  const segments = (id: string): string => `[{"id":${id},"category_id":1,"area":4}]`;
  await sandbox.import(`{"images":[{"id":1,"file_name":"a.jpg"}],"categories":[{"id":1,"name":"cat"}],"annotations":[
    {"image_id":1,"segments_info":${segments('"\\ud800"')}},{"image_id":1,"segments_info":${segments('12')}}]}`);
  expect(await sandbox.all('SELECT segments_info FROM annotations ORDER BY idx')).toEqual([
    { segments_info: segments('"\\ud800"') },
    { segments_info: segments('12') },
  ]);
  expect(await sandbox.all('SELECT id, area FROM segments')).toEqual([{ id: 12n, area: 4 }]);
});

test('acceptance 48: two sets merged into one dataset lose nothing', async () => {
  const one = { images: [image(1), image(2)], annotations: [box(1, 1), box(2, 2)], categories: [cat] };
  const two = {
    images: [image(1, { file_name: 'other/1.jpg' })],
    annotations: [box(1, 1)],
    categories: [{ id: 1, name: 'dog' }],
  };
  await sandbox.import(one, { name: 'one.json' });
  await sandbox.import(two, { name: 'two.json' });
  expect(await sandbox.all(linked)).toEqual(
    [
      { id: '1', file_name: '1.jpg', name: 'cat' },
      { id: '1', file_name: 'other/1.jpg', name: 'dog' },
      { id: '2', file_name: '2.jpg', name: 'cat' },
    ].sort((a, b) => a.id.localeCompare(b.id)),
  );
  expect([
    await sandbox.count('images'),
    await sandbox.count('annotations'),
    await sandbox.count('categories'),
  ]).toEqual([3, 3, 2]);
});
