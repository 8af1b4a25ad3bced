import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openSandbox, type Sandbox } from '../../testing/sandbox.js';
import type { ExportRequest } from './export-types.js';

let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = await openSandbox();
});
afterEach(() => sandbox.close());

interface Coco {
  readonly images: { readonly id: unknown; readonly file_name: string }[];
  readonly annotations: {
    readonly id: unknown;
    readonly image_id: unknown;
    readonly category_id?: unknown;
    readonly tag: string;
  }[];
  readonly categories: { readonly id: unknown; readonly name: string }[];
}

const image = (id: unknown, file_name: string): object => ({ id, file_name, width: 1, height: 1, license: 1 });
const box = (id: unknown, image_id: unknown, category_id: unknown, tag: string): object => ({
  id,
  image_id,
  category_id,
  bbox: [0.5, 1, 2, 3],
  area: 6,
  tag,
});

async function merged(request: Partial<ExportRequest> = {}): Promise<{ coco: Coco; leftOut: unknown }> {
  const out = join(sandbox.folder, 'out.json');
  const { leftOut } = await sandbox.engine.export({ dataset: 'set', out, merge: 'renumber', ...request });
  return { coco: JSON.parse(await readFile(out, 'utf8')) as Coco, leftOut };
}

/** What each annotation says, by names: independent of ids. */
function said({ images, annotations, categories }: Coco): string[] {
  const fileOf = new Map(images.map(({ id, file_name }) => [id, file_name]));
  const nameOf = new Map(categories.map(({ id, name }) => [id, name]));
  return annotations.map((one) => `${one.tag}: ${fileOf.get(one.image_id)} ${nameOf.get(one.category_id)}`).sort();
}

test('several files become one: ids are unique, references hold, nothing is there twice', async () => {
  const licenses = [{ id: 1, name: 'MIT' }];
  await sandbox.import(
    {
      licenses,
      images: [image(1, 'a.jpg'), image(2, 'b.jpg')],
      annotations: [box(1, 1, 7, 'one'), box(2, 2, 3, 'two'), box(3, 99, 7, 'lost')],
      categories: [
        { id: 7, name: 'cat' },
        { id: 3, name: 'dog' },
      ],
      videos: [{ id: 1 }],
    },
    { name: 'one.json', split: 'train' },
  );
  await sandbox.import(
    {
      licenses,
      images: [image(1, 'c.jpg'), image('x', 'd.jpg')],
      annotations: [
        box(1, 1, 0, 'three'),
        box(1.5, 'x', 0, 'four'),
        { id: 5, image_id: 1, caption: 'no category', tag: 'five' },
      ],
      categories: [{ id: 0, name: 'cat' }],
    },
    { name: 'two.json', split: 'val' },
  );
  const { coco, leftOut } = await merged();
  expect(coco.images.map(({ id, file_name }) => [id, file_name])).toEqual([
    [1, 'a.jpg'],
    [2, 'b.jpg'],
    [3, 'c.jpg'],
    [4, 'd.jpg'],
  ]);
  expect(coco.categories).toEqual([
    { id: 1, name: 'cat' },
    { id: 2, name: 'dog' },
  ]);
  expect(coco.annotations.map(({ id }) => id)).toEqual([1, 2, 3, 4, 5]);
  expect(said(coco)).toEqual([
    'five: c.jpg undefined',
    'four: d.jpg cat',
    'one: a.jpg cat',
    'three: c.jpg cat',
    'two: b.jpg dog',
  ]);
  expect(coco).toMatchObject({ info: { description: 'set' }, licenses });
  expect(leftOut).toEqual({ 'annotations without a known image': 1, 'records of videos': 1 });

  const val = await merged({ split: 'val' });
  expect(said(val.coco)).toEqual(['five: c.jpg undefined', 'four: d.jpg cat', 'three: c.jpg cat']);
  const dogs = await merged({ filter: { category: { anyOf: ['dog'], noneOf: [] } } });
  expect(said(dogs.coco)).toEqual(['two: b.jpg dog']);
  expect(dogs.coco.images).toHaveLength(1);
});

test('ids are kept on demand; where they clash, it is refused, and nothing is written', async () => {
  const cat = [{ id: 9, name: 'cat' }];
  const one = { images: [image(10, 'a.jpg')], annotations: [box(100, 10, 9, 'one')], categories: cat };
  await sandbox.import(one, { name: 'one.json' });
  await sandbox.import(
    { images: [image(11, 'b.jpg')], annotations: [box(101, 11, 9, 'two')], categories: cat },
    { name: 'two.json' },
  );
  const { coco } = await merged({ merge: 'keep' });
  expect(coco.images.map(({ id }) => id)).toEqual([10, 11]);
  expect(coco.annotations.map((each) => [each.id, each.image_id, each.category_id])).toEqual([
    [100, 10, 9],
    [101, 11, 9],
  ]);
  await sandbox.import({ ...one, images: [image(11, 'c.jpg')] }, { name: 'three.json' });
  await expect(merged({ merge: 'keep' })).rejects.toMatchObject({
    code: 'DATAVIS_ENGINE_EXPORT_IDS',
    message: 'Ids of images are not unique in one file, such as 11',
  });
});

test('acceptance 48: whatever two sets hold, the merged file says all of it', async () => {
  const set = fc
    .record({
      images: fc.integer({ min: 1, max: 5 }),
      boxes: fc.integer({ min: 0, max: 12 }),
      names: fc.integer({ min: 1, max: 3 }),
    })
    .map(({ images, boxes, names }) => ({ images, boxes, names }));
  let round = 0;
  await fc.assert(
    fc.asyncProperty(set, set, async (one, two) => {
      round += 1;
      const dataset = `set${round}`;
      const expected: string[] = [];
      for (const [at, { images, boxes, names }] of [one, two].entries()) {
        const files = Array.from({ length: images }, (_, id) => image(id, `${at}-${id}.jpg`));
        const annotations = Array.from({ length: boxes }, (_, id) => {
          expected.push(`${at}.${id}: ${at}-${id % images}.jpg name${(id + at) % names}`);
          return box(id, id % images, (id + at) % names, `${at}.${id}`);
        });
        // The same names under other ids would be a mistake of the test: ids are indices here, names too.
        const categories = Array.from({ length: names }, (_, id) => ({ id, name: `name${id}` }));
        await sandbox.import(
          { images: files, annotations, categories },
          { name: `${dataset}-${at}.json`, dataset },
        );
      }
      const { coco } = await merged({ dataset });
      expect(said(coco)).toEqual(expected.sort());
      expect(coco.images).toHaveLength(one.images + two.images);
      expect(coco.categories).toHaveLength(Math.max(one.names, two.names));
      for (const table of ['images', 'annotations', 'categories'] as const) {
        expect(new Set(coco[table].map(({ id }) => id)).size).toBe(coco[table].length);
      }
    }),
    { numRuns: 12 },
  );
}, 120_000);
