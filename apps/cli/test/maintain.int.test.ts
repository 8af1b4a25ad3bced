import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { datavis } from './run-datavis.js';

let folder: string;
let db: string;

const images = Array.from({ length: 20 }, (_, id) => ({
  id,
  file_name: `${id}.jpg`,
  width: 64,
  height: 48,
  weather: id % 2 === 0 ? 'sun' : 'rain',
}));
const annotations = images.map(({ id }) => ({
  id,
  image_id: id,
  category_id: 1,
  bbox: [0, 0, 4, 4],
  area: 16,
  iscrowd: 0,
}));
const coco = { images, annotations, categories: [{ id: 1, name: 'cat', supercategory: 'animal' }] };

function write(name: string, value: unknown): string {
  const path = join(folder, name);
  writeFileSync(path, JSON.stringify(value));
  return path;
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'datavis-cli-maintain-'));
  db = join(folder, 'a.duckdb');
  for (const dataset of ['pets', 'copy']) {
    await datavis(
      'import',
      write(`${dataset}.json`, coco),
      '--db',
      db,
      '--no-media',
      '--dataset',
      dataset,
      '--split',
      'val',
    );
  }
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe('diff', () => {
  test('two datasets that say the same', async () => {
    const { code, stdout } = await datavis('diff', 'pets', 'copy', '--db', db, '--exit-code');
    expect(code).toBe(0);
    expect(stdout).toContain('annotations: 20, no difference');
    expect(stdout).toContain('They say the same.');
  });

  test('a dataset and a file: added, removed, changed, and nothing of the file stays', async () => {
    const changed = {
      ...coco,
      images: [...images.slice(1), { id: 99, file_name: 'new.jpg', width: 1, height: 1 }],
      annotations: annotations.slice(1).map((one) => (one.id === 5 ? { ...one, area: 17 } : one)),
    };
    const file = write('changed.json', changed);
    const { code, stdout } = await datavis(
      'diff',
      'pets',
      file,
      '--split',
      'val',
      '--db',
      db,
      '--exit-code',
      '--json',
    );
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      equal: false,
      tables: {
        images: { added: 1, removed: 1, changed: 0, same: 19 },
        annotations: {
          added: 0,
          removed: 1,
          changed: 1,
          same: 18,
          examples: [
            { kind: 'changed', record: 'object 5 on val/5.jpg', columns: ['area'] },
            { kind: 'removed', record: 'object 0 on val/0.jpg' },
          ],
        },
      },
    });
    expect(JSON.parse((await datavis('ls', '--db', db, '--json')).stdout)).toHaveLength(2);
    expect((await datavis('diff', 'pets', file, '--split', 'val', '--db', db)).stdout).toContain(
      '~ object 5 on val/5.jpg (area)',
    );
  });

  test('what is neither a dataset nor a source is told', async () => {
    expect(await datavis('diff', 'pets', 'none', '--db', db)).toMatchObject({ code: 1, stdout: '' });
  });
});

describe('snapshot', () => {
  test('is a database of its own, and never replaces a file unasked', async () => {
    const out = join(folder, 's.duckdb');
    const made = await datavis('snapshot', '--db', db, '--dataset', 'pets', '--out', out, '--json');
    expect(made.code).toBe(0);
    expect(JSON.parse(made.stdout)).toMatchObject({ dataset: 'pets', rows: { images: 20, annotations: 20 } });
    const { stdout } = await datavis('query', 'SELECT count(*) AS n FROM images', '--db', out, '--json');
    expect(JSON.parse(stdout)).toEqual([{ n: 20 }]);
    expect((await datavis('snapshot', '--db', db, '--out', out)).code).toBe(1);
    expect((await datavis('snapshot', '--db', db, '--out', out, '--force')).stdout).toContain('s.duckdb: ');
  });
});

describe('optimise and promote', () => {
  test('a key becomes a column, filters find by it, and the reverse', async () => {
    const made = await datavis('promote', 'images', 'weather', '--db', db);
    expect(made).toMatchObject({ code: 0, stdout: 'images.x_weather (text): 40 values of "weather"\n' });
    const { stdout } = await datavis(
      'query',
      `SELECT count(*) AS n FROM images WHERE x_weather = 'sun'`,
      '--db',
      db,
      '--json',
    );
    expect(JSON.parse(stdout)).toEqual([{ n: 20 }]);
    expect((await datavis('promote', 'images', 'weather', '--undo', '--db', db)).code).toBe(0);
    expect((await datavis('promote', 'images', 'weather', '--undo', '--db', db)).code).toBe(1);
  });

  test('the file is rewritten, and says what it said', async () => {
    const { code, stdout } = await datavis('optimise', '--db', db, '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ rows: { images: 40 } });
    expect((await datavis('diff', 'pets', 'copy', '--db', db, '--exit-code')).code).toBe(0);
  });
});

describe('commands that need a database', () => {
  test.each([
    ['snapshot', '--out', 'x'],
    ['optimise'],
    ['promote', 'images', 'x'],
    ['preview'],
    ['resume'],
    ['verify'],
  ])('%s without one says how to begin, and makes none', async (...argv) => {
    const none = join(folder, 'none.duckdb');
    const { code, stderr } = await datavis(...argv, '--db', none);
    expect({ code, stderr }).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('datavis import') as string,
    });
    expect(existsSync(none)).toBe(false);
  });
});

describe('snapshot --out', () => {
  test('is never the database itself, not by --force either', async () => {
    const before = readFileSync(db);
    const { code, stderr } = await datavis('snapshot', 'pets', '--out', db, '--force', '--db', db);
    expect({ code, stderr }).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('database itself') as string,
    });
    expect(readFileSync(db).equals(before)).toBe(true);
  });

  test('that cannot be written is told in words, and nothing is left', async () => {
    const out = join(folder, 'none', 'copy.duckdb');
    const { code, stderr } = await datavis('snapshot', '--out', out, '--db', db);
    expect({ code, stderr }).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('there is no folder') as string,
    });
    expect((await datavis('snapshot', '--out', join(folder, 'copy.duckdb'), '--db', db)).code).toBe(0);
    expect(readdirSync(folder).filter((name) => /part/.test(name))).toEqual([]);
  });
});

test('thumbs: a cache that cannot be made is told', async () => {
  const place = process.platform === 'linux' ? '/proc/none/cache' : join(folder, 'pets.json', 'cache');
  const { code, stderr } = await datavis('thumbs', 'pets', '--cache-dir', place, '--db', db);
  expect({ code, stderr }).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('DATAVIS_CLI_OUTPUT') as string,
  });
  expect((await datavis('thumbs', 'pets', '--size', '100', '--db', db)).code).toBe(2);
});

test('diff of a split that the dataset does not have says so', async () => {
  const { code, stdout, stderr } = await datavis('diff', 'pets', 'pets', '--split', 'vall', '--db', db);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toContain('There is no split "vall" in this dataset. Did you mean "val"?');
});

test('diff with what is neither a dataset nor a file says so', async () => {
  const { code, stderr } = await datavis('diff', 'pets', 'dogs', '--db', db);
  expect({ code, stderr }).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('neither a dataset') as string,
  });
});

test('preview without a picture that can be shown writes no sheet', async () => {
  const out = join(folder, 'sheet.png');
  const { code, stderr } = await datavis('preview', 'pets', '--out', out, '--no-open', '--db', db);
  expect({ code, stderr }).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('20 without a file') as string,
  });
  expect(existsSync(out)).toBe(false);
});
