import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { datavis } from './run-datavis.js';

let folder: string;
let db: string;
const cwd = process.cwd();
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'datavis-cli-resume-'));
  db = join(folder, 'a.duckdb');
});
afterEach(() => {
  process.chdir(cwd);
  rmSync(folder, { recursive: true });
});

const text = JSON.stringify({
  images: [{ id: 1, file_name: 'a.jpg', width: 4, height: 3 }],
  annotations: [1, 2, 3].map((id) => ({
    id,
    image_id: 1,
    category_id: 3,
    bbox: [0, 0, 2, 1],
    area: 2,
    iscrowd: 0,
  })),
  categories: [{ id: 3, name: 'cat', supercategory: 'animal' }],
});

async function annotations(): Promise<number> {
  const { stdout } = await datavis('query', 'SELECT count(*) AS n FROM annotations', '--db', db, '--json');
  return (JSON.parse(stdout) as { n: number }[])[0]?.n ?? -1;
}

test('acceptance 11: a truncated file, repaired, is gone on with by resume, with the options of the import', async () => {
  mkdirSync(join(folder, 'data'));
  const file = join(folder, 'data', 'cut.json');
  writeFileSync(file, text.slice(0, text.indexOf('"id":3')));
  process.chdir(join(folder, 'data'));
  const cut = await datavis('import', 'cut.json', '--db', db, '--no-media', '--dataset', 'pets', '--split', 'val');
  expect(cut).toMatchObject({ code: 1, stderr: expect.stringMatching(/byte \d+[^]*datavis resume/) as string });

  writeFileSync(file, text);
  process.chdir(folder);
  const resumed = await datavis('resume', '--db', db, '--json');
  expect(resumed.code).toBe(0);
  expect(JSON.parse(resumed.stdout)).toMatchObject([{ dataset: 'pets', sources: [{ split: 'val' }] }]);
  expect(await annotations()).toBe(3);
  expect(existsSync(`${db}.unfinished`)).toBe(false);
  expect((await datavis('resume', '--db', db)).stdout).toBe('Nothing to resume: every import has ended.\n');
});

test('an import that ended is not remembered, nor one whose source was never there', async () => {
  writeFileSync(join(folder, 'a.json'), text);
  expect((await datavis('import', join(folder, 'a.json'), '--db', db, '--no-media')).code).toBe(0);
  expect((await datavis('import', join(folder, 'none.json'), '--db', db, '--no-media')).code).toBe(1);
  expect(existsSync(`${db}.unfinished`)).toBe(false);
});

test('without a note of the command, resume goes by the sources that are there in part', async () => {
  const file = join(folder, 'cut.json');
  writeFileSync(file, text.slice(0, text.indexOf('"id":3')));
  await datavis('import', file, '--db', db, '--no-media', '--dataset', 'pets');
  rmSync(`${db}.unfinished`);
  writeFileSync(file, text);
  expect(JSON.parse((await datavis('resume', '--db', db, '--json')).stdout)).toMatchObject([{ dataset: 'pets' }]);
  expect(await annotations()).toBe(3);
});

test('a list of unfinished imports that is torn counts as none', async () => {
  writeFileSync(join(folder, 'a.json'), text);
  await datavis('import', join(folder, 'a.json'), '--db', db, '--no-media');
  writeFileSync(`${db}.unfinished`, '[{');
  expect((await datavis('resume', '--db', db)).stdout).toContain('Nothing to resume');
});
