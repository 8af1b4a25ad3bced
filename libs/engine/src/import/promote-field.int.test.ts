import { createCatalogReader, filterWords, parseFilter } from '@datavis/storage';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { dump } from '../../testing/dump.js';
import { openSandbox, type Sandbox } from '../../testing/sandbox.js';

let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = await openSandbox();
});
afterEach(() => sandbox.close());

const cat = { id: 1, name: 'cat' };
const image = (id: number, more = {}) => ({ id, file_name: `${id}.jpg`, width: 10, height: 10, ...more });
const box = (id: number, more = {}) => ({ id, image_id: 1, category_id: 1, bbox: [0, 0, 1, 1], area: 1, ...more });

const set = {
  images: [image(1, { camera: 'front' }), image(2, { camera: 'back' }), image(3)],
  annotations: [
    box(1, { 'Occlusion level': 3, truncated: true }),
    box(2, { 'Occlusion level': 0.5, truncated: false, odd: 'x' }),
    box(3, { 'Occlusion level': null, odd: 7, tags: ['a', 'b'] }),
    box(4, { image_id: 2, 'Occlusion level': 20, odd: '8' }),
  ],
  categories: [cat],
};

async function keys(table: 'images' | 'annotations', words: string[], sort?: string): Promise<number[]> {
  const reader = createCatalogReader(sandbox.database);
  const filter = parseFilter(filterWords(words));
  const { rows } = await reader.page('set', table, { filter, limit: 100, ...(sort !== undefined && { sort }) });
  return rows.map((row) => Number(row['id']));
}

test('a key of extra becomes a typed column: conditions, orders, statistics, rows', async () => {
  await sandbox.import(set);
  const field = { table: 'annotations', field: 'Occlusion level' } as const;
  expect(await sandbox.engine.promoteField(field)).toEqual({
    ...field,
    name: 'occlusion_level',
    column: 'x_occlusion_level',
    type: 'number',
    values: 3,
    unconverted: 0,
  });
  expect(await keys('annotations', ['column=extra.occlusion_level>=3'])).toEqual([1, 4]);
  expect(await keys('annotations', ['column=extra.occlusion_level=0.5'])).toEqual([2]);
  expect(await keys('images', ['column=extra.occlusion_level:10..30'])).toEqual([2]);
  expect(await keys('annotations', [], 'extra.occlusion_level')).toEqual([2, 1, 4, 3]);
  expect(await keys('annotations', [], '-extra.occlusion_level')).toEqual([4, 1, 2, 3]);
  const reader = createCatalogReader(sandbox.database);
  expect(await reader.fieldStats('set', { table: 'annotations', name: 'occlusion_level' })).toMatchObject({
    values: 3,
    missing: 1,
    distinct: 3,
    min: 0.5,
    max: 20,
    mean: 23.5 / 3,
    top: [
      { value: 0.5, count: 1 },
      { value: 3, count: 1 },
      { value: 20, count: 1 },
    ],
  });
});

test('fields of images are conditions on annotations too; booleans and texts are orders', async () => {
  await sandbox.import(set);
  await sandbox.engine.promoteField({ table: 'images', field: 'camera', name: 'seen_by' });
  await sandbox.engine.promoteField({ table: 'annotations', field: 'truncated' });
  expect(await keys('images', ['column=extra.seen_by=back'])).toEqual([2]);
  expect(await keys('annotations', ['column=extra.seen_by=back'])).toEqual([4]);
  expect(await keys('images', [], '-extra.seen_by')).toEqual([1, 2, 3]);
  expect(await keys('annotations', ['column=extra.truncated=true'])).toEqual([1]);
  expect(await keys('annotations', [], 'extra.truncated')).toEqual([2, 1, 3, 4]);
});

test.each(['extra.level', '-extra.level', 'extra.flag', 'extra.note', 'image', '-image'])(
  'pages by %s are the whole, each row once',
  async (sort) => {
    const annotations = Array.from({ length: 23 }, (_, at) =>
      box(at, {
        image_id: 1 + (at % 3),
        ...(at % 5 > 0 && { level: (BigInt(at % 4) + 9007199254740993n).toString() }),
        ...(at % 4 > 0 && { flag: at % 3 === 0, note: `n${at % 2}` }),
      }),
    );
    const text = JSON.stringify({ ...set, annotations }).replace(/"level":"(\d+)"/g, '"level":$1');
    await sandbox.import(text);
    for (const field of ['level', 'flag', 'note'])
      await sandbox.engine.promoteField({ table: 'annotations', field });
    const reader = createCatalogReader(sandbox.database);
    const seen: unknown[] = [];
    let cursor: string | undefined;
    do {
      const page = await reader.page('set', 'annotations', { sort, limit: 4, ...(cursor && { cursor }) });
      seen.push(...page.rows.map((row) => row['annotation_key']));
      cursor = page.next ?? undefined;
    } while (cursor !== undefined);
    const whole = await reader.page('set', 'annotations', { sort, limit: 100 });
    expect(seen).toEqual(whole.rows.map((row) => row['annotation_key']));
    expect(new Set(seen).size).toBe(23);
  },
);

test('integers of 64 bits are told apart, in conditions and from page to page', async () => {
  const levels = ['1000000000000000001', '1000000000000000002', '-9223372036854775808', '9223372036854775807'];
  const records = levels.map((level, id) => `{"id":${id},"image_id":1,"level":${level}}`);
  await sandbox.import(`{"images":[{"id":1}],"annotations":[${records.join()}]}`);
  await sandbox.engine.promoteField({ table: 'annotations', field: 'level' });
  expect(await keys('annotations', ['column=extra.level=1000000000000000002'])).toEqual([1]);
  expect(await keys('annotations', ['column=extra.level=9223372036854775807'])).toEqual([3]);
  const reader = createCatalogReader(sandbox.database);
  const seen: unknown[] = [];
  let cursor: string | undefined;
  do {
    const page = await reader.page('set', 'annotations', {
      sort: 'extra.level',
      limit: 1,
      ...(cursor && { cursor }),
    });
    seen.push(...page.rows.map((row) => row['id']));
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
  expect(seen).toEqual([2n, 0n, 1n, 3n]);
});

test('values of several kinds are refused, with numbers; a type that is given takes what it can', async () => {
  await sandbox.import(set);
  await expect(sandbox.engine.promoteField({ table: 'annotations', field: 'odd' })).rejects.toMatchObject({
    code: 'DATAVIS_CATALOG_PROMOTE_MIXED',
    message: '"odd" holds 2 varchar, 1 ubigint',
  });
  await expect(sandbox.engine.promoteField({ table: 'annotations', field: 'tags' })).rejects.toMatchObject({
    code: 'DATAVIS_CATALOG_PROMOTE_MIXED',
  });
  const odd = await sandbox.engine.promoteField({ table: 'annotations', field: 'odd', type: 'integer' });
  expect(odd).toMatchObject({ type: 'integer', values: 2, unconverted: 1 });
  await sandbox.engine.promoteField({ table: 'annotations', field: 'tags', type: 'text' });
  expect(await sandbox.all('SELECT x_odd, x_tags FROM annotations ORDER BY idx')).toEqual([
    { x_odd: null, x_tags: null },
    { x_odd: null, x_tags: null },
    { x_odd: 7n, x_tags: '["a","b"]' },
    { x_odd: 8n, x_tags: null },
  ]);
});

test.each([
  [{ field: 'no such key' }, 'DATAVIS_CATALOG_PROMOTE_NOTHING'],
  [{ field: 'truncated', name: 'x"; DROP TABLE images; --' }, 'DATAVIS_CATALOG_PROMOTE_NAME'],
  [{ field: 'Occlusion level', name: 'truncated' }, 'DATAVIS_CATALOG_PROMOTE_NAME'],
  [{ field: 'truncated', name: 'again' }, 'DATAVIS_CATALOG_PROMOTE_NAME'],
])('%j is refused with %s, and changes nothing', async (request, code) => {
  await sandbox.import(set);
  await sandbox.engine.promoteField({ table: 'annotations', field: 'truncated' });
  const before = await dump(sandbox.database);
  await expect(sandbox.engine.promoteField({ table: 'annotations', ...request })).rejects.toMatchObject({ code });
  expect(await dump(sandbox.database)).toEqual(before);
});

test('a key may hold any signs', async () => {
  const field = `a/b~c"d'e.f$[0]`;
  await sandbox.import({ ...set, annotations: [box(1, { [field]: 5 })] });
  expect(await sandbox.engine.promoteField({ table: 'annotations', field })).toMatchObject({
    column: 'x_a_b_c_d_e_f_0',
    values: 1,
  });
});

test('later imports fill the column, changed files change it, what does not fit is a finding', async () => {
  await sandbox.import(set);
  await sandbox.engine.promoteField({ table: 'annotations', field: 'truncated' });
  await sandbox.engine.promoteField({ table: 'images', field: 'camera' });
  const more = {
    ...set,
    images: [image(9, { camera: 'top' })],
    annotations: [box(9, { image_id: 9, truncated: 1 })],
  };
  const second = await sandbox.import(more, { name: 'more.json' });
  expect(second.findings).toMatchObject({ 'promoted-field-unconverted': 1 });
  expect(await sandbox.all('SELECT id, x_camera FROM images ORDER BY image_key')).toEqual([
    { id: 1n, x_camera: 'front' },
    { id: 2n, x_camera: 'back' },
    { id: 3n, x_camera: null },
    { id: 9n, x_camera: 'top' },
  ]);
  const changed = {
    ...set,
    images: [image(1, { camera: 'left' }), image(2), image(3)],
    annotations: [box(1), box(2, { truncated: true })],
  };
  await sandbox.import(changed);
  expect(await sandbox.all('SELECT x_camera FROM images WHERE id < 9 ORDER BY image_key')).toEqual([
    { x_camera: 'left' },
    { x_camera: null },
    { x_camera: null },
  ]);
  expect(await sandbox.all('SELECT id, x_truncated FROM annotations ORDER BY id')).toEqual([
    { id: 1n, x_truncated: null },
    { id: 2n, x_truncated: true },
    { id: 9n, x_truncated: null },
  ]);
});

test('demoted, the tables are what they were', async () => {
  await sandbox.import(set);
  const before = await dump(sandbox.database);
  const field = { table: 'annotations', field: 'truncated' } as const;
  await sandbox.engine.promoteField(field);
  expect(await dump(sandbox.database)).not.toEqual(before);
  expect(await sandbox.engine.demoteField(field)).toBe(true);
  expect(await sandbox.engine.demoteField(field)).toBe(false);
  expect(await dump(sandbox.database)).toEqual(before);
});
