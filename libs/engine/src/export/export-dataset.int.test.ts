import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SqlConnection, SqlDatabase } from '@datavis/plugin-sdk';
import { createObjectStoreResolver, parseFilter } from '@datavis/storage';
import { openDuckDb } from '@datavis/storage/duckdb-node';
import { openLocalStore } from '@datavis/storage/local';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createEngine, type Engine } from '../engine.js';
import type { ExportProgress } from './export-types.js';

let database: SqlDatabase;
let connection: SqlConnection;
let engine: Engine;
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'datavis-export-'));
  database = await openDuckDb(':memory:');
  connection = await database.connect();
  const stores = createObjectStoreResolver({ schemes: { file: openLocalStore } });
  engine = await createEngine({ database, stores });
});
afterEach(async () => {
  await database.close();
  await rm(folder, { recursive: true });
});

async function store(name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(path, text);
  return path;
}

const nasty = `{"zz": {"b": [1, {"c": null}]}, "images": [
  {"id": 9007199254740993, "file_name": "a \\"b\\"\\\\\\n\\u0001\\u001fü.jpg", "width": 4, "height": null, "license": "2"},
  {"width": 8, "height": 6, "id": "007", "file_name": "x/b.jpg", "nested": {"bbox": [1], "}": "{"}, "id ": 3}],
 "annotations": {"a": {"id": 1, "image_id": 9007199254740993, "category_id": 0, "bbox": [0.1, -0.0, 1e300, 5e-324],
   "area": 0.30000000000000004, "iscrowd": true, "segmentation": [[1, 2.5, 3, 4, 5, 6], []], "score": 1, "x": "\\u0002"},
   "b": {"image_id": "007", "id": null, "bbox": [1, 2, 3, 4, 5], "segmentation": {"counts": [1, 2], "size": [3, 1]},
   "caption": "", "keypoints": [1, 2, 2], "num_keypoints": 1, "iscrowd": 1, "attributes": {"id": 5}}},
 "videos": [{"id": 1}, 5, null, [], "s"], "categories": [{"id": 0, "name": "cat", "keypoints": ["a"], "skeleton": [[1, 1]],
   "isthing": 1}], "info": null, "empty": [], "none": {}}`;

/** JSON of data whose ids may be bigints, which it has as plain numbers. */
function withLongIds(data: unknown): string {
  const text = JSON.stringify(data, (_, value: unknown) => (typeof value === 'bigint' ? `#${value}#` : value));
  return text.replaceAll(/"#(-?\d+)#"/g, '$1');
}

/** JSON.parse, with the ids as texts of all their digits. */
function parseLongIds(text: string): unknown {
  return JSON.parse(text.replaceAll(/"(id|image_id)":(-?\d{16,})(?=[,}])/g, '"$1":"#$2#"'));
}

describe('acceptance 47: COCO out is what came in', () => {
  test('odd ids, forms, names, unknown keys and sections', async () => {
    const path = await store('in/odd.json', nasty);
    await engine.import({ sources: [path], dataset: 'odd', media: false });
    const { files } = await engine.export({ dataset: 'odd', out: join(folder, 'out/odd.json') });
    const text = await readFile(join(folder, 'out/odd.json'), 'utf8');
    expect(files).toEqual([{ uri: `file://${folder}/out/odd.json`, bytes: Buffer.byteLength(text) }]);
    expect(JSON.parse(text)).toEqual(JSON.parse(nasty));
    expect(Object.keys(JSON.parse(text) as object)).toEqual(Object.keys(JSON.parse(nasty) as object));
    expect(text).toContain('"id":9007199254740993,');
  });

  test('a section whose name is empty is a section, and no list of predictions', async () => {
    const text = '{"": [{"image_id": 1}, 2], "images": [{"id": 1, "file_name": "a.jpg"}], "annotations": []}';
    const path = await store('unnamed.json', text);
    await engine.import({ sources: [path], dataset: 'unnamed', media: false });
    await engine.export({ dataset: 'unnamed', out: join(folder, 'out.json') });
    expect(JSON.parse(await readFile(join(folder, 'out.json'), 'utf8'))).toEqual(JSON.parse(text));
  });

  test('sections of one name are exported each with its own records, and counted together', async () => {
    const box = (id: number): string => `{"id":${id},"image_id":1,"segmentation":[[${id},1,2,3,4,5]]}`;
    const text = `{"images":[{"id":1}],"annotations":[${box(1)}],"images":[{"id":2},{"id":3}],"videos":[1],
      "annotations":[${box(2)},${box(3)}],"videos":{"a":2,"b":3},"categories":[{"id":1,"name":"a"}],"categories":[],"images":null}`;
    const path = await store('twins.json', text);
    const { imported } = await engine.import({ sources: [path], dataset: 'twins', media: false });
    expect(imported).toEqual({ images: 3, annotations: 3, categories: 1, videos: 1 });
    expect(await engine.verify({ dataset: 'twins' })).toMatchObject({ equal: true });
    await engine.export({ dataset: 'twins', out: join(folder, 'out.json') });
    expect((await readFile(join(folder, 'out.json'), 'utf8')).replaceAll(/\s/g, '')).toBe(
      text.replaceAll(/\s/g, ''),
    );
    await connection.run('UPDATE annotations SET polygons = [[7, 7, 2, 3, 4, 5]] WHERE id = 1');
    expect(await engine.verify({ dataset: 'twins' })).toMatchObject({ equal: false });
  });

  test('any records: property', async () => {
    const value = fc.oneof(
      { weight: 3, arbitrary: fc.double({ noNaN: true, noDefaultInfinity: true }) },
      fc.jsonValue(),
    );
    const longId = fc.oneof(
      fc.constantFrom(-(2n ** 63n), 2n ** 63n - 1n, 2n ** 63n, 2n ** 53n + 1n),
      fc.bigInt(-(2n ** 65n), 2n ** 65n),
    );
    const point = fc.double({ noNaN: true, noDefaultInfinity: true });
    const annotation = fc.record(
      {
        id: fc.oneof(fc.integer(), fc.string(), longId),
        image_id: fc.oneof({ weight: 3, arbitrary: fc.integer({ min: 0, max: 3 }) }, longId),
        category_id: value,
        bbox: fc.oneof(fc.array(point, { minLength: 4, maxLength: 4 }), value),
        area: value,
        iscrowd: fc.oneof(fc.constantFrom(0, 1, true, null), value),
        segmentation: fc.oneof(fc.array(fc.array(point)), value),
        keypoints: fc.oneof(fc.array(point), value),
        caption: fc.oneof(fc.string({ unit: 'binary' }), value),
        score: value,
        other: fc.jsonValue(),
      },
      { requiredKeys: ['image_id'] },
    );
    const image = fc.record({
      id: fc.oneof({ weight: 3, arbitrary: fc.integer({ min: 0, max: 3 }) }, longId),
      file_name: fc.oneof(fc.string({ unit: 'grapheme' }), value),
    });
    const coco = fc.record({ images: fc.array(image), annotations: fc.array(annotation, { maxLength: 20 }) });
    let run = 0;
    await fc.assert(
      fc.asyncProperty(coco, async (data) => {
        const text = withLongIds(data);
        const dataset = `p${(run += 1)}`;
        const path = await store(`${dataset}.json`, text);
        await engine.import({ sources: [path], dataset, media: false });
        await engine.export({ dataset, out: join(folder, `${dataset}.out.json`) });
        const out = await readFile(join(folder, `${dataset}.out.json`), 'utf8');
        expect(parseLongIds(out)).toEqual(parseLongIds(text));
      }),
      { numRuns: 25 },
    );
  });

  test('texts with control characters', async () => {
    const controls = Array.from({ length: 32 }, (_, code) => String.fromCharCode(code));
    const data = {
      images: controls.map((control, id) => ({ id, file_name: `${control}.jpg` })),
      annotations: controls.map((control, id) => ({ id, image_id: id, caption: `${control}"\\${control}` })),
    };
    const path = await store('control.json', JSON.stringify(data));
    await engine.import({ sources: [path], dataset: 'control', media: false });
    await engine.export({ dataset: 'control', out: join(folder, 'control.out.json') });
    expect(JSON.parse(await readFile(join(folder, 'control.out.json'), 'utf8'))).toEqual(data);
  });

  test('tells how far it is while a file is under way, with the records that it will be', async () => {
    const annotations = Array.from({ length: 20_000 }, (_, id) => ({ id, image_id: 1, bbox: [id, 2, 3, 4] }));
    const images = [{ id: 1, file_name: 'a.jpg' }];
    const path = await store('in/many.json', JSON.stringify({ info: {}, images, annotations, categories: [] }));
    await engine.import({ sources: [path], dataset: 'many', media: false });
    const seen: ExportProgress[] = [];
    const call = { onProgress: (progress: ExportProgress) => seen.push(progress) };
    const { bytes } = await engine.export({ dataset: 'many', out: join(folder, 'out/many.json') }, call);
    expect(
      seen.filter(({ files, records }) => files === 0 && records > 0 && records < 20_001).length,
    ).toBeGreaterThan(1);
    expect(seen.every(({ recordsTotal }) => recordsTotal === 20_001)).toBe(true);
    expect(seen.at(-1)).toEqual({ files: 1, bytes, records: 20_001, recordsTotal: 20_001 });

    const filter = parseFilter({ area: '..100' });
    await engine.export({ dataset: 'many', filter, out: join(folder, 'out/part.json') }, call);
    expect(seen.at(-1)).toMatchObject({ files: 1, recordsTotal: undefined });
  });

  test('several files go out under their names, each with its own ids', async () => {
    const file = (id: number): string =>
      JSON.stringify({
        images: [{ id, file_name: `${id}.jpg` }],
        categories: [{ id: id + 5, name: 'cat' }],
        annotations: [],
      });
    await store('set/annotations/instances_train.json', file(1));
    await store('set/annotations/instances_val.json', file(2));
    await engine.import({ sources: [join(folder, 'set')], media: false });
    const { files } = await engine.export({ dataset: 'set', out: join(folder, 'out') });
    expect(files.map(({ uri }) => uri.split('/').at(-1))).toEqual(['instances_train.json', 'instances_val.json']);
    for (const [name, id] of [
      ['instances_train.json', 1],
      ['instances_val.json', 2],
    ] as const) {
      expect(JSON.parse(await readFile(join(folder, 'out', name), 'utf8'))).toEqual(JSON.parse(file(id)));
    }
    await expect(engine.export({ dataset: 'set', out: join(folder, 'one.json') })).rejects.toMatchObject({
      code: 'DATAVIS_ENGINE_EXPORT_NAME',
    });
    const val = [
      { split: 'val' },
      { filter: { split: { anyOf: ['val'], noneOf: [] } } },
      { filter: { split: { anyOf: [], noneOf: ['train'] } } },
    ];
    for (const [at, part] of val.entries()) {
      const one = await engine.export({ dataset: 'set', out: join(folder, `val-${at}`), ...part });
      expect(one.files.map(({ uri }) => uri.split('/').at(-1))).toEqual(['instances_val.json']);
      expect(JSON.parse(await readFile(join(folder, `val-${at}`, 'instances_val.json'), 'utf8'))).toEqual(
        JSON.parse(file(2)),
      );
    }
    await expect(
      engine.export({ dataset: 'set', out: folder, filter: { split: { anyOf: ['test'], noneOf: [] } } }),
    ).rejects.toMatchObject({ code: 'DATAVIS_ENGINE_EXPORT_NOTHING' });
    await expect(engine.export({ dataset: 'none', out: folder })).rejects.toMatchObject({
      code: 'DATAVIS_ENGINE_EXPORT_NOTHING',
    });
  });
});

const plain = {
  images: [
    { id: 1, file_name: 'day/a.jpg', width: 100, height: 50 },
    { id: 2, file_name: 'b.jpg', width: 100, height: 50 },
    { id: 3, file_name: 'c.jpg' },
  ],
  categories: [
    { id: 9, name: 'cat' },
    { id: 4, name: 'a "dog": x' },
  ],
  annotations: [
    { id: 1, image_id: 1, category_id: 4, bbox: [10, 10, 50, 20], segmentation: [[10, 10, 60, 10, 60, 30]] },
    { id: 2, image_id: 1, category_id: 9, bbox: [-10, 0, 20, 50], iscrowd: 0 },
    { id: 3, image_id: 1, category_id: 9, bbox: [0, 0, 100, 50], iscrowd: 1 },
    { id: 4, image_id: 2, category_id: 9 },
  ],
};

describe('other formats', () => {
  beforeEach(async () => {
    const path = await store('instances_val.json', JSON.stringify(plain));
    await engine.import({ sources: [path], dataset: 'plain', media: false });
  });

  test('YOLO boxes: centre and size in parts of the picture, classes by the catalog’s order', async () => {
    const { leftOut } = await engine.export({ dataset: 'plain', format: 'yolo', out: join(folder, 'yolo') });
    expect((await readdir(join(folder, 'yolo'), { recursive: true })).sort()).toEqual(
      ['data.yaml', 'labels', 'labels/val', 'labels/val/b.txt', 'labels/val/day', 'labels/val/day/a.txt'].sort(),
    );
    const lines = (await readFile(join(folder, 'yolo/labels/val/day/a.txt'), 'utf8'))
      .split('\n')
      .map((line) => line.split(' ').map(Number));
    expect(lines).toEqual([[1, 0.35, 0.4, 0.5, 0.4], [0, 0, 0.5, 0.2, 1], [0]]);
    expect(await readFile(join(folder, 'yolo/data.yaml'), 'utf8')).toContain(
      'names:\n  0: "cat"\n  1: "a \\"dog\\": x"\n',
    );
    expect(leftOut).toEqual({
      'annotations of crowds': 1,
      'annotations without a box': 1,
      'images of unknown size': 1,
    });
  });

  test('YOLO outlines', async () => {
    await engine.export({ dataset: 'plain', format: 'yolo', task: 'segment', out: join(folder, 'yolo') });
    const text = await readFile(join(folder, 'yolo/labels/val/day/a.txt'), 'utf8');
    expect(text.trim().split(' ').map(Number)).toEqual([1, 0.1, 0.2, 0.6, 0.2, 0.6, 0.6]);
  });

  test('Parquet: one file a table, as DuckDB reads it', async () => {
    await engine.export({ dataset: 'plain', format: 'parquet', out: join(folder, 'pq') });
    for (const table of ['images', 'annotations', 'categories', 'sources', 'splits']) {
      const [differences] = await connection.all<{ n: bigint }>(
        `SELECT count(*) AS n FROM ((FROM ${table}) EXCEPT ALL (FROM '${folder}/pq/${table}.parquet'))`,
      );
      const [rows] = await connection.all<{ n: bigint }>(
        `SELECT count(*) AS n FROM '${folder}/pq/${table}.parquet'`,
      );
      const [stored] = await connection.all<{ n: bigint }>(`SELECT count(*) AS n FROM ${table}`);
      expect([differences?.n, rows?.n], table).toEqual([0n, stored?.n]);
    }
  });

  test('a lake: Hive partitions by dataset and split', async () => {
    await engine.export({ dataset: 'plain', format: 'lake', out: join(folder, 'lake') });
    expect(
      await connection.all(
        `SELECT dataset, split, count(*) AS n FROM read_parquet('${folder}/lake/annotations/*/*/*.parquet', hive_partitioning = true)
         GROUP BY ALL`,
      ),
    ).toEqual([{ dataset: 'plain', split: 'val', n: 4n }]);
  });

  test('filtered: the images that match, their matching annotations, the rest whole', async () => {
    const filter = { category: { anyOf: ['cat'], noneOf: [] } };
    await engine.export({ dataset: 'plain', filter, out: join(folder, 'cats.json') });
    const out = JSON.parse(await readFile(join(folder, 'cats.json'), 'utf8')) as typeof plain;
    expect(out.images.map(({ id }) => id)).toEqual([1, 2]);
    expect(out.annotations.map(({ id }) => id)).toEqual([2, 3, 4]);
    expect(out.categories).toEqual(plain.categories);
  });
});
