import { definePlugin, type Plugin } from '@datavis/plugin-sdk';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openSandbox, type Sandbox } from '../../testing/sandbox.js';

/** Columns that say what the record said when they were computed. */
const echo = (version = '1.0.0'): Plugin =>
  definePlugin({
    name: 'echo',
    version,
    columns: {
      images: { width: 'i32' },
      annotations: { left: 'f64' },
      categories: { upper: 'utf8' },
    },
    onImages(batch) {
      const width = batch.output('width');
      batch.forEach((image, row) => void (width[row] = image.width));
    },
    onAnnotations(batch) {
      batch.output('left').set(batch.column('bbox_x').subarray(0, batch.length));
    },
    onCategories(batch) {
      const upper = batch.output('upper');
      batch.forEach(({ name }, row) => void (upper[row] = name?.toUpperCase() ?? null));
    },
  });

const image = (id: number, width = 100 + id) => ({ id, file_name: `${id}.jpg`, width, height: 50 });
const box = (id: number, left = id) => ({ id, image_id: 1, category_id: 1, bbox: [left, 0, 1, 1] });
const cat = { id: 1, name: 'cat' };

let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = await openSandbox(':memory:', { plugins: [echo()], batchRows: 2 });
});
afterEach(() => sandbox.close());

/** Every value is that of its own row: nothing is lost, left over or shifted. */
async function expectEchoes(): Promise<void> {
  const shown = (table: string, key: string, said: string, column: string): string =>
    `SELECT count(*) FROM ${table} t FULL JOIN plg_echo.${table} p USING (${key})
     WHERE t.${key} IS NULL OR p.${key} IS NULL OR ${said} IS DISTINCT FROM p.${column}`;
  const [row] = await sandbox.all(`SELECT
    (${shown('images', 'image_key', 't.width', '"width"')}) AS images,
    (${shown('annotations', 'annotation_key', 't.bbox_x', '"left"')}) AS annotations,
    (${shown('categories', 'category_key', 'upper(t.name)', '"upper"')}) AS categories`);
  expect(row).toEqual({ images: 0n, annotations: 0n, categories: 0n });
}

describe('a file that has changed', () => {
  test('rows that were added, removed and changed have the values of their new records', async () => {
    const before = { images: [1, 2, 3].map((id) => image(id)), annotations: [1, 2, 3, 4, 5].map((id) => box(id)) };
    await sandbox.import({ ...before, categories: [cat] });
    await expectEchoes();
    const keys = await sandbox.all('SELECT id, annotation_key FROM annotations WHERE id IN (2, 4) ORDER BY id');
    const result = await sandbox.import({
      images: [image(1), image(3, 999), image(4)],
      annotations: [box(9), box(2), box(3, 77), box(4), box(8)],
      categories: [cat, { id: 2, name: 'dog' }],
    });
    expect(result.sources[0]?.difference).toMatchObject({
      images: { added: 1, removed: 1, changed: 1 },
      annotations: { added: 2, removed: 2, changed: 1 },
    });
    await expectEchoes();
    expect(await sandbox.all('SELECT id, annotation_key FROM annotations WHERE id IN (2, 4) ORDER BY id')).toEqual(
      keys,
    );
    expect(await sandbox.count('plg_echo.annotations')).toBe(5);
    expect(await sandbox.count('_datavis.plugin_annotations')).toBe(5);
    expect(await sandbox.count('_datavis.plugin_sources')).toBe(1);
  });

  test('one that is refused leaves the values of its earlier version', async () => {
    await sandbox.import({ images: [image(1)], annotations: [box(1)], categories: [cat] });
    await expect(
      sandbox.import('{"images": [{"id": 1, "file_name": "1.jpg", "width": 5}], "annotations": [{]}'),
    ).rejects.toThrow();
    await expectEchoes();
  });
});

describe('an image that several files list has the values of the record that it shows', () => {
  const listing = (width: number): object => ({
    images: [image(1, width)],
    annotations: [box(1)],
    categories: [cat],
  });
  const width = (): Promise<object[]> =>
    sandbox.all(
      'SELECT i.width AS shown, p.width AS computed FROM images i JOIN plg_echo.images p USING (image_key)',
    );

  test('the first file’s; a later one does not overwrite them', async () => {
    await sandbox.import(listing(640), { name: 'a.json' });
    await sandbox.import(listing(320), { name: 'b.json' });
    expect(await width()).toEqual([{ shown: 640, computed: 640 }]);
    expect(await sandbox.count('plg_echo.annotations')).toBe(2);
  });

  test('when the file that tells of it changes, its new ones', async () => {
    await sandbox.import(listing(640), { name: 'a.json' });
    await sandbox.import(listing(320), { name: 'b.json' });
    await sandbox.import(listing(641), { name: 'a.json' });
    await sandbox.import(listing(321), { name: 'b.json' });
    expect(await width()).toEqual([{ shown: 641, computed: 641 }]);
  });

  test('an image that one file gives up stays with its values while another lists it', async () => {
    await sandbox.import(listing(640), { name: 'a.json' });
    await sandbox.import(listing(640), { name: 'b.json' });
    await sandbox.import({ images: [image(2)], annotations: [], categories: [cat] }, { name: 'a.json' });
    expect(await sandbox.count('images')).toBe(2);
    expect(await sandbox.count('plg_echo.images')).toBe(2);
    await sandbox.import({ images: [], annotations: [], categories: [cat] }, { name: 'b.json' });
    expect(await sandbox.count('plg_echo.images')).toBe(1);
  });
});

test('a row that only another plugin has seen is not a row of this one', async () => {
  await sandbox.import({ images: [image(1)], annotations: [box(1)], categories: [cat] });
  const late = definePlugin({
    name: 'late',
    version: '1.0.0',
    columns: { annotations: { one: 'i32' } },
    onAnnotations: (batch) => void batch.output('one').fill(1),
  });
  const both = await sandbox.with([echo(), late]);
  await both.import({ images: [image(5)], annotations: [box(5)], categories: [cat] }, { name: 'other.json' });
  expect(await sandbox.count('plg_late.annotations')).toBe(1);
  expect(await sandbox.count('plg_echo.annotations')).toBe(2);
});
