import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { datavis, rows, start } from './datavis.js';

const makeSample = fileURLToPath(new URL('../../../../tools/sample/make-sample.mjs', import.meta.url));

let folder: string;
let sample: string;
let db: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'datavis-e2e-'));
  sample = join(folder, 'sample');
  db = join(folder, 'a.duckdb');
  execFileSync(process.execPath, [makeSample, sample]);
  const { code, stderr } = await datavis('import', sample, '--db', db, '--json');
  expect(stderr).not.toContain('error');
  expect(code).toBe(0);
}, 120_000);
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** The sample's own numbers, from its files. */
function inFiles(section: string): number {
  return readdirSync(join(sample, 'annotations')).reduce((sum, file) => {
    const coco = JSON.parse(readFileSync(join(sample, 'annotations', file), 'utf8')) as Record<string, unknown[]>;
    return sum + (coco[section]?.length ?? 0);
  }, 0);
}

test('every image has one row though several files list it; every annotation has its own', async () => {
  const [counts] = await rows<{ images: number; annotations: number }>(
    db,
    'SELECT (SELECT count(*) FROM images) AS images, (SELECT count(*) FROM annotations) AS annotations',
  );
  expect(counts).toEqual({ images: inFiles('images') / 3, annotations: inFiles('annotations') });
}, 60_000);

test('the same import twice changes nothing and says so', async () => {
  const { code, stdout } = await datavis('import', sample, '--db', db);
  expect(code).toBe(0);
  expect(stdout).toContain('nothing has changed');
}, 60_000);

test('an export gives back what was imported, file by file', async () => {
  const out = join(folder, 'export');
  const { code, stderr } = await datavis('export', '--dataset', 'sample', '--db', db, '--out', out);
  expect({ code, stderr }).toMatchObject({ code: 0 });
  const files = readdirSync(join(sample, 'annotations'));
  expect(files).toHaveLength(6);
  for (const file of files) {
    const read = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'));
    expect(read(join(out, file))).toEqual(read(join(sample, 'annotations', file)));
  }
}, 120_000);

test('verify proves every record, and says when a source has changed', async () => {
  const { code, stdout } = await datavis('verify', '--dataset', 'sample', '--db', db, '--json');
  expect(code).toBe(0);
  const { equal, sources } = JSON.parse(stdout) as {
    equal: boolean;
    sources: { sections: { equal: boolean }[] }[];
  };
  expect(equal).toBe(true);
  expect(sources).toHaveLength(6);
  const file = join(sample, 'annotations', 'captions_val.json');
  const text = readFileSync(file, 'utf8');
  writeFileSync(file, `${text} `);
  try {
    const changed = await datavis('verify', '--dataset', 'sample', '--db', db);
    expect(changed).toMatchObject({ code: 1, stdout: expect.stringContaining('changed  file:') as string });
  } finally {
    writeFileSync(file, text);
  }
}, 60_000);

test('a server answers with the thumbnail of an image, holds the database, and ends at Ctrl-C', async () => {
  const { child, ended } = start('serve', '--db', db, '--port', '0', '--json');
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout?.on('data', (text: string) => {
      resolve((JSON.parse(text) as { url: string }).url);
    });
    void ended.then(({ stderr }) => {
      reject(new Error(stderr));
    });
  });
  const page = (await (await fetch(`${url}/v1/datasets/sample/images?limit=1`)).json()) as {
    items: { urls: { thumbnail: string } }[];
  };
  const thumbnail = await fetch(url + (page.items[0]?.urls.thumbnail ?? ''));
  expect(thumbnail.status).toBe(200);
  expect(thumbnail.headers.get('content-type')).toMatch(/^image\//);
  expect((await thumbnail.arrayBuffer()).byteLength).toBeGreaterThan(200);

  const locked = await datavis('ls', '--db', db);
  expect(locked.code).toBe(4);
  expect(locked.stderr).toContain(`process ${child.pid}`);

  child.kill('SIGINT');
  expect((await ended).code).toBe(0);
  expect((await datavis('ls', '--db', db)).code).toBe(0);
}, 120_000);

/** A file large enough that an import of it can be hit in the middle. */
function writeLarge(path: string): number {
  const count = 60_000;
  const images = Array.from({ length: 500 }, (_, id) => ({ id, file_name: `${id}.jpg`, width: 640, height: 480 }));
  const annotations = Array.from({ length: count }, (_, id) => ({
    id,
    image_id: id % 500,
    category_id: 1,
    bbox: [id % 600, 1.5, 10, 20],
    area: 200,
    iscrowd: 0,
    segmentation: [Array.from({ length: 40 }, (_, i) => ((id + i) % 480) + 0.25)],
  }));
  writeFileSync(path, JSON.stringify({ images, annotations, categories: [{ id: 1, name: 'thing' }] }));
  return count;
}

const TABLES = ['images', 'annotations', 'categories'];
const hash = (table: string): string => `SELECT '${table}' AS t, count(*) AS n, bit_xor(hash(r)) AS h FROM
  (SELECT * EXCLUDE (dataset_key, source_key) FROM ${table}) r`;

test('killed and run again, the rows are those of an unbroken import', async () => {
  const file = join(folder, 'large.json');
  const count = writeLarge(file);
  const whole = join(folder, 'whole.duckdb');
  await datavis('import', file, '--db', whole, '--no-media', '--dataset', 'large');
  const sql = TABLES.map(hash).join(' UNION ALL ');
  const expected = await rows<{ t: string; n: number }>(whole, `${sql} ORDER BY t`);
  expect(expected.find(({ t }) => t === 'annotations')?.n).toBe(count);

  const broken = join(folder, 'broken.duckdb');
  let kills = 0;
  for (const delayMs of [300, 700, 1200, 2000]) {
    const { child, ended } = start('import', file, '--db', broken, '--no-media', '--dataset', 'large');
    const timer = setTimeout(() => child.kill('SIGKILL'), delayMs);
    if ((await ended).code === null) kills++;
    clearTimeout(timer);
  }
  expect(kills).toBeGreaterThan(0);
  expect(await datavis('import', file, '--db', broken, '--no-media', '--dataset', 'large')).toMatchObject({
    code: 0,
  });
  expect(await rows(broken, `${sql} ORDER BY t`)).toEqual(expected);
}, 240_000);
