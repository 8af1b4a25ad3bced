import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { SqlConnection, SqlDatabase } from '@datavis/plugin-sdk';
import { createObjectStoreResolver } from '@datavis/storage';
import { openDuckDb } from '@datavis/storage/duckdb-node';
import { openLocalStore } from '@datavis/storage/local';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createEngine, type Engine } from '../engine.js';

let database: SqlDatabase;
let connection: SqlConnection;
let engine: Engine;
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'datavis-media-'));
  database = await openDuckDb(':memory:');
  connection = await database.connect();
  const stores = createObjectStoreResolver({ schemes: { file: openLocalStore } });
  engine = await createEngine({ database, stores });
});
afterEach(async () => {
  await database.close();
  await rm(folder, { recursive: true });
});

/** A GIF's header is ten bytes; `mark` makes two files of one size differ. */
function gif(width: number, height: number, mark = 0): Uint8Array {
  const sides = [width & 255, width >> 8, height & 255, height >> 8];
  return Uint8Array.from([...Buffer.from('GIF89a'), ...sides, 0, 0, 0, mark, 0x3b]);
}

async function dataset(split: string, images: object[], files: Record<string, Uint8Array>): Promise<void> {
  const coco = { images, annotations: [], categories: [] };
  const all = { [`annotations/instances_${split}.json`]: JSON.stringify(coco), ...files };
  for (const [name, content] of Object.entries(all)) {
    await mkdir(dirname(join(folder, 'set', name)), { recursive: true });
    await writeFile(join(folder, 'set', name), content);
  }
}

const states = (): Promise<object[]> =>
  connection.all(`SELECT file_name, media_state, replace(media_uri, ?, '') AS uri FROM images ORDER BY image_key`, [
    `file://${folder}/set/`,
  ]);

describe('every listed image is looked up', () => {
  test('acceptance 34, 35, 37: missing, unlisted, and sizes that are not as declared', async () => {
    const image = (id: number, file_name: string, width: number, height: number): object => ({
      id,
      file_name,
      width,
      height,
    });
    await dataset(
      'val',
      [
        image(1, 'a.gif', 8, 6),
        image(2, 'gone.gif', 1, 1),
        image(3, 'b.gif', 6, 8),
        image(4, 'c.gif', 16, 12),
        image(5, 'd.gif', 9, 9),
        image(6, 'e.gif', 1, 1),
      ],
      {
        'val/a.gif': gif(8, 6),
        'val/b.gif': gif(8, 6),
        'val/c.gif': gif(8, 6),
        'val/d.gif': gif(8, 6),
        'val/e.gif': Buffer.from('no picture'),
        'val/more.gif': gif(1, 1),
      },
    );
    await engine.import({ sources: [join(folder, 'set')] });
    const expected = {
      'image-missing': 1,
      'image-size-other': 1,
      'image-size-scaled': 1,
      'image-size-swapped': 1,
      'image-unlisted': 1,
      'image-unreadable': 1,
    };
    for (let round = 0; round < 2; round += 1) {
      const result = await engine.scanMedia({ dataset: 'set' });
      expect(result).toMatchObject({ images: 6, found: 5, missing: 1, unlisted: 1, findings: expected });
      const counts = await connection.all<{ code: string; count: bigint }>(
        'SELECT code, count FROM finding_counts ORDER BY code',
      );
      expect(
        Object.fromEntries(
          counts.filter(({ code }) => code in expected).map(({ code, count }) => [code, Number(count)]),
        ),
      ).toEqual(expected);
    }
    expect(
      await connection.all(`SELECT idx, record_id, sample FROM findings WHERE code = 'image-size-swapped'`),
    ).toEqual([{ idx: 2, record_id: '3', sample: 'b.gif: 6x8, stored 8x6' }]);
    expect(
      await connection.all(
        'SELECT stored_width, stored_height, orientation, media_type, width FROM images WHERE id = 3',
      ),
    ).toEqual([{ stored_width: 8, stored_height: 6, orientation: 1, media_type: 'image/gif', width: 6 }]);
  });

  test('acceptance 12, 38, 41: odd names find their file', async () => {
    const names = [
      'x/a.gif',
      'x\\b.gif',
      './c.gif',
      'd%20d.gif',
      'E.GIF',
      'u\u0308.gif',
      '/abs/val/f.gif',
      'h#1?.gif',
    ];
    await dataset(
      'val',
      [
        ...names.map((file_name, id) => ({ id, file_name })),
        { id: 99, coco_url: 'http://images.cocodataset.org/val/i.gif' },
      ],
      Object.fromEntries(
        ['x/a.gif', 'x/b.gif', 'c.gif', 'd d.gif', 'e.gif', '\u00fc.gif', 'f.gif', 'h#1?.gif', 'i.gif'].map(
          (name, at) => [`val/${name}`, gif(1, 1, at)],
        ),
      ),
    );
    await engine.import({ sources: [join(folder, 'set')] });
    expect(await engine.scanMedia({ dataset: 'set' })).toMatchObject({
      found: 9,
      missing: 0,
      unlisted: 0,
      findings: {},
    });
    expect((await states()).map((row) => decodeURIComponent((row as { uri: string }).uri))).toEqual(
      ['x/a.gif', 'x/b.gif', 'c.gif', 'd d.gif', 'e.gif', '\u00fc.gif', 'f.gif', 'h#1?.gif', 'i.gif'].map(
        (name) => `val/${name}`,
      ),
    );
  });

  test('acceptance 39: nothing outside of the root; two files for one name: neither', async () => {
    await writeFile(join(folder, 'secret.gif'), gif(1, 1));
    await dataset(
      'val',
      [
        { id: 1, file_name: '../../secret.gif' },
        { id: 2, file_name: 'TWO.gif' },
      ],
      {
        'val/two.gif': gif(1, 1),
        'val/Two.gif': gif(1, 1),
      },
    );
    await engine.import({ sources: [join(folder, 'set')] });
    const { findings } = await engine.scanMedia({ dataset: 'set' });
    expect(findings).toMatchObject({ 'image-outside-root': 1, 'image-name-ambiguous': 1 });
    expect(await states()).toMatchObject([
      { media_state: 'missing', uri: null },
      { media_state: 'missing', uri: null },
    ]);
  });
});

test('acceptance 44: equal pictures across splits are a leak', async () => {
  await dataset(
    'train',
    [
      { id: 1, file_name: 'a.gif' },
      { id: 2, file_name: 'b.gif' },
    ],
    { 'train/a.gif': gif(3, 3, 1), 'train/b.gif': gif(3, 3, 2) },
  );
  await dataset('val', [{ id: 1, file_name: 'c.gif' }], { 'val/c.gif': gif(3, 3, 1) });
  await engine.import({ sources: [join(folder, 'set')] });
  expect(await engine.duplicates('set')).toMatchObject({ hashed: 0, unhashed: 3, groups: [] });
  await engine.scanMedia({ dataset: 'set', hashes: true });
  expect(await engine.duplicates('set')).toMatchObject({
    hashed: 3,
    groups: [
      {
        leaks: true,
        images: [
          { fileName: 'a.gif', split: 'train' },
          { fileName: 'c.gif', split: 'val' },
        ],
      },
    ],
    leaks: { 'train + val': 1 },
  });
});

test('acceptance 44: one file that two splits list is a leak too, and that two records of a split list is none', async () => {
  const images = [
    { id: 1, file_name: 'a.gif' },
    { id: 2, file_name: 'a.gif' },
    { id: 3, file_name: 'b.gif' },
  ];
  await dataset('train', images, { 'all/a.gif': gif(3, 3, 1), 'all/b.gif': gif(3, 3, 2) });
  await dataset('val', [{ id: 1, file_name: 'b.gif' }], {});
  await engine.import({ sources: [join(folder, 'set')], images: join(folder, 'set/all') });
  await engine.scanMedia({ dataset: 'set', hashes: true });
  const { groups, leaks } = await engine.duplicates('set');
  expect(groups.map((group) => group.images.map(({ fileName, split }) => `${split}/${fileName}`))).toEqual([
    ['train/b.gif', 'val/b.gif'],
  ]);
  expect(leaks).toEqual({ 'train + val': 1 });
});

test('what is in memory does not grow with the number of images', async () => {
  const images = Array.from({ length: 4_500 }, (_, id) => ({ id, file_name: `${id}.gif`, width: 1, height: 1 }));
  await dataset('val', images, { 'val/7.gif': gif(1, 1) });
  await engine.import({ sources: [join(folder, 'set')], media: false });
  await connection.run(`UPDATE sources SET media_root = 'file://${folder}/set', media_prefixes = '["val/"]'`);
  let most = 0;
  const counting: SqlDatabase = {
    ...database,
    capabilities: database.capabilities,
    connect: async () => {
      const one = await database.connect();
      const note = <T extends { length: number }>(rows: T): T => {
        most = Math.max(most, rows.length);
        return rows;
      };
      const all: SqlConnection['all'] = async (...args) => note(await one.all(...args)) as never;
      const run: SqlConnection['run'] = (sql, params = [], options) => {
        for (const value of params) if (Array.isArray(value)) note(value);
        return one.run(sql, params, options);
      };
      return {
        all,
        run,
        batches: one.batches.bind(one),
        append: one.append.bind(one),
        transaction: one.transaction.bind(one),
        close: () => one.close(),
      };
    },
  };
  const stores = createObjectStoreResolver({ schemes: { file: openLocalStore } });
  const counted = await createEngine({ database: counting, stores });
  expect(await counted.scanMedia({ dataset: 'set' })).toMatchObject({ images: 4_500, found: 1, missing: 4_499 });
  expect(most).toBeGreaterThan(1_000);
  // Candidate names of a page of 2,000 images: a few for each.
  expect(most).toBeLessThanOrEqual(8_000);
});

test('a picture that is the open database itself is not read, which would drop its lock', async () => {
  await dataset(
    'val',
    [
      { id: 1, file_name: 'here.duckdb' },
      { id: 2, file_name: 'a.gif' },
    ],
    { 'val/a.gif': gif(1, 1) },
  );
  const here = await openDuckDb(join(folder, 'set/val/here.duckdb'));
  const stores = createObjectStoreResolver({ schemes: { file: openLocalStore } });
  const { findings, media } = await (
    await createEngine({ database: here, stores })
  ).import({
    sources: [join(folder, 'set')],
  });
  expect(findings).toMatchObject({ 'image-missing': 1 });
  expect(media).toMatchObject({ found: 1, missing: 1 });
  await here.close();
});
