import { afterAll, beforeAll, expect, test } from 'vitest';
import { openSandbox, type Sandbox } from '../../testing/sandbox.js';

// One value at a time is changed in every column of every table that holds what a file said; verify has to see each.

const box = (id: number, more: object): object => ({ id, image_id: 1, category_id: 1, ...more });
const set = {
  info: { year: 2026 },
  licenses: [{ id: 1, name: 'MIT' }],
  images: [
    {
      id: 1,
      file_name: '1.jpg',
      width: 4,
      height: 3,
      license: 1,
      coco_url: 'http://a/1.jpg',
      flickr_url: 'http://b/1.jpg',
      date_captured: '2026-01-01',
      weather: 'rain',
    },
    { id: 'two', file_name: '2.jpg' },
  ],
  annotations: {
    a: box(1, {
      bbox: [1, 2, 3, 4],
      area: 12,
      iscrowd: 0,
      segmentation: [[1, 2, 3, 4, 5, 6]],
      keypoints: [1, 2, 2],
      num_keypoints: 1,
      caption: 'a cat',
      score: 0.5,
      note: 'x',
    }),
    b: { id: 'b', image_id: 'two', category_id: 'one', segmentation: { counts: [1, 11], size: [3, 4] } },
    c: box(3, { segments_info: [{ id: 1, category_id: 1, area: 1 }] }),
  },
  categories: {
    x: { id: 1, name: 'cat', supercategory: 'animal', keypoints: ['nose'], skeleton: [[1, 1]], colour: 'grey' },
    y: { id: 'one', name: 'dog' },
  },
  videos: [{ id: 1 }, { id: 2 }],
};
/** The same images in other words, which `source_images` keeps. */
const other = {
  images: {
    z: {
      ...set.images[0],
      height: 5,
      license: 2,
      weather: 'sun',
      coco_url: 'c',
      flickr_url: 'f',
      date_captured: 'd',
      width: 6,
    },
  },
  annotations: [],
  categories: [],
};

/**
 * Columns that are ours and no file's: keys, joins, derived values, what was found of the pictures. Places too: that the
 * records stand in another order is seen, by how much their numbers moved is not.
 */
const OURS: Readonly<Record<string, RegExp>> = {
  images: /^(idx|byte_offset|key|id|id_text|content_hash|orientation)$|_key$|^(media|stored)_/,
  source_images: /^(idx|byte_offset|image_key)$/,
  source_categories: /^(idx|byte_offset|category_key)$/,
  annotations: /^(idx|byte_offset|image_ambiguous)$|^(annotation|dataset|image|category)_key$|_derived$/,
  // Objects of records are no sections but of COCO's own tables.
  records: /^(idx|byte_offset|key)$/,
};

let sandbox: Sandbox;
let columns: readonly { readonly table_name: string; readonly column_name: string; readonly data_type: string }[];
beforeAll(async () => {
  sandbox = await openSandbox();
  await sandbox.import(set, { name: 'a.json' });
  await sandbox.import(other, { name: 'b.json' });
  columns = await sandbox.all(`SELECT table_name, column_name, data_type FROM duckdb_columns()
    WHERE schema_name = 'main' AND table_name IN ('images', 'source_images', 'source_categories', 'annotations', 'records')
    ORDER BY table_name, column_index`);
});
afterAll(() => sandbox.close());

/** Another value of the type. */
function changed(column: string, type: string): string {
  if (type === 'BOOLEAN') return `NOT ${column}`;
  if (type === 'VARCHAR') {
    // JSON stays JSON, so that it is the content that differs and not the form.
    return `CASE WHEN json_valid(${column}) AND regexp_matches(${column}, '[0-9a-z]')
      THEN regexp_replace(${column}, '[0-9a-z]([^0-9a-z]*)$', '7\\1') ELSE ${column} || '!' END`;
  }
  if (type === 'DOUBLE[]') return `list_transform(${column}, lambda v, i: CASE WHEN i = 1 THEN v + 1 ELSE v END)`;
  if (type === 'DOUBLE[][]') return `list_transform(${column}, lambda p: list_transform(p, lambda v: v + 0.5))`;
  return `${column} + 1`;
}

/** Rows of a table, each as a condition that it alone meets. */
async function rowsOf(table: string, condition = 'true'): Promise<string[]> {
  const rows = await sandbox.all<{ source: bigint; at: bigint }>(
    `SELECT source_key AS source, byte_offset AS at FROM ${table} WHERE ${condition} ORDER BY ALL`,
  );
  return rows.map(({ source, at }) => `source_key = ${source} AND byte_offset = ${at}`);
}

/** Whether verify is content after a change of a table, which is then taken back. */
async function verifiedAfter(table: string, sql: string): Promise<boolean> {
  await sandbox.connection.run(`CREATE OR REPLACE TEMP TABLE kept AS FROM ${table}`);
  expect(await sandbox.connection.run(sql), sql).toBe(1);
  const { equal } = await sandbox.engine.verify({ dataset: 'set' });
  await sandbox.connection.run(`DELETE FROM ${table}; INSERT INTO ${table} FROM temp.kept`);
  return equal;
}

test('verify sees one changed value in any column that holds what a file said', async () => {
  expect(await sandbox.engine.verify({ dataset: 'set' })).toMatchObject({ equal: true });
  const [unseen, untested]: [string[], string[]] = [[], []];
  for (const { table_name: table, column_name: column, data_type: type } of columns) {
    if (OURS[table]?.test(column) === true) continue;
    const other = changed(`"${column}"`, type);
    const rows = await rowsOf(table, `"${column}" IS NOT NULL AND "${column}" IS DISTINCT FROM (${other})`);
    if (rows.length === 0) untested.push(`${table}.${column}`);
    for (const row of rows.slice(0, 2)) {
      // That a source does not differ is said by NULL too.
      for (const value of column === 'differs' ? [other] : [other, 'NULL']) {
        if (await verifiedAfter(table, `UPDATE ${table} SET "${column}" = ${value} WHERE ${row}`))
          unseen.push(`${table}.${column} = ${value} where ${row}`);
      }
    }
  }
  expect(await sandbox.engine.verify({ dataset: 'set' })).toMatchObject({ equal: true });
  expect(unseen).toEqual([]);
  expect(untested).toEqual([]);
}, 300_000);

test.each(['images', 'source_images', 'source_categories', 'annotations', 'records'])(
  'verify sees a row of %s that is gone, and one that is there twice',
  async (table) => {
    for (const row of await rowsOf(table)) {
      const unseen: string[] = [];
      for (const sql of [`DELETE FROM ${table} WHERE ${row}`, `INSERT INTO ${table} FROM ${table} WHERE ${row}`]) {
        if (await verifiedAfter(table, sql)) unseen.push(sql);
      }
      expect(unseen).toEqual([]);
    }
  },
  300_000,
);
