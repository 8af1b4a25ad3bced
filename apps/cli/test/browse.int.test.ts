import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { run } from '../src/run.js';
import { fakeTerminal } from './fake-terminal.js';

let folder: string;
let db: string;

async function datavis(...argv: string[]) {
  const { terminal, stdout, stderr } = fakeTerminal();
  const code = await run([...argv, '--db', db], terminal);
  return { code, stdout: stdout(), stderr: stderr() };
}

const images = Array.from({ length: 30 }, (_, i) => ({
  id: i,
  file_name: `${i % 2}/p${i >> 1}.jpg`,
  width: 640,
  height: 480,
}));
const annotations = Array.from({ length: 90 }, (_, i) => ({
  id: i,
  image_id: i % 20,
  category_id: i % 3 === 0 ? 1 : 2,
  bbox: [0, 0, i, 10],
  area: i * 100,
  iscrowd: 0,
}));
const categories = [
  { id: 1, name: 'cat', supercategory: 'animal' },
  { id: 2, name: 'car', supercategory: 'vehicle' },
];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'datavis-cli-browse-'));
  db = join(folder, 'a.duckdb');
  writeFileSync(join(folder, 'a.json'), JSON.stringify({ images, annotations, categories }));
  await datavis('import', join(folder, 'a.json'), '--no-media', '--dataset', 'pets', '--split', 'train');
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe('ls', () => {
  test('datasets with their counts', async () => {
    expect(JSON.parse((await datavis('ls', '--json')).stdout)).toMatchObject([
      { name: 'pets', images: 30, annotations: 90, categories: 2, splits: ['train'] },
    ]);
    expect((await datavis('ls')).stdout).toMatch(/pets +30 +90 +2 +train/);
  });

  test('the images of one, up to the limit, and says so', async () => {
    const { stdout, stderr } = await datavis('ls', '--dataset', 'pets', '--limit', '7', '--json');
    expect((JSON.parse(stdout) as { id: number }[]).map(({ id }) => id)).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(stderr).toContain('--limit 0');
    expect(JSON.parse((await datavis('ls', '--dataset', 'pets', '-n', '0', '--json')).stdout)).toHaveLength(30);
  });

  test('an unknown dataset says which there are', async () => {
    const { code, stderr } = await datavis('ls', '--dataset', 'none');
    expect({ code, stderr }).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('There are: pets') as string,
    });
  });
});

describe('find', () => {
  const ids = async (...argv: string[]): Promise<number[]> => {
    const { stdout } = await datavis('find', ...argv, '--json', '-n', '0');
    return (JSON.parse(stdout) as { id: number }[]).map(({ id }) => id);
  };

  test('annotations by category and area, as a plain filter over the source finds them', async () => {
    const expected = annotations
      .filter(({ category_id, area }) => category_id === 1 && area >= 3000)
      .map(({ id }) => id);
    expect(await ids('category=cat', 'area=>=3000', '-t', 'annotations')).toEqual(expected);
    expect(await ids('category=cat', 'area=>=3000', '-t', 'annotations', '--sort', '-area')).toEqual(
      [...expected].reverse(),
    );
  });

  test('images without annotations', async () => {
    expect(await ids('annotated=false')).toEqual(images.slice(20).map(({ id }) => id));
  });

  test('a name that is not there is told, with the one that was meant', async () => {
    const { code, stdout, stderr } = await datavis('find', 'category=cta', '--json');
    expect([code, JSON.parse(stdout)]).toEqual([0, []]);
    expect(stderr).toContain('There is no category "cta" in this dataset. Did you mean "cat"?');
    expect((await datavis('find', 'category=cat', 'area=..0')).stderr).not.toContain('There is no');
  });

  test('a condition that is none is refused with those that are', async () => {
    const { code, stderr } = await datavis('find', 'colour=red');
    expect(code).toBe(2);
    expect(stderr).toContain('supercategory');
    for (const wrong of [['area=large'], ['width='], ['cat', 'car'], ['--sort', 'colour'], ['red']]) {
      const found = await datavis('find', ...wrong);
      expect(found, wrong.join(' ')).toMatchObject({ code: 2, stdout: '' });
      expect(found.stderr, wrong.join(' ')).toMatch(/^error: .*\n {2}\S/);
    }
  });

  test('--json and another form are not one result', async () => {
    expect(await datavis('find', '--json', '--format', 'csv')).toMatchObject({ code: 2, stdout: '' });
  });
});

describe('a bare word', () => {
  test.each([[['stats']], [['verify']], [['ls']], [['find', 'category=cat']], [['find']]])(
    'is the dataset: %j',
    async ([command = '', ...rest]) => {
      const named = await datavis(command, ...rest, '--dataset', 'pets', '--json');
      expect(named.code, named.stderr).toBe(0);
      expect((await datavis(command, 'pets', ...rest, '--json')).code).toBe(0);
      const untimed = (text: string): string => text.replace(/"elapsedMs":[\d.]+/, '');
      expect(untimed((await datavis(command, 'pets', ...rest, '--json')).stdout)).toBe(untimed(named.stdout));
    },
  );

  test('that is no dataset is told with those that there are', async () => {
    for (const command of ['stats', 'verify', 'ls', 'thumbs']) {
      const { code, stderr } = await datavis(command, 'dogs');
      expect({ code, stderr }).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('There are: pets') as string,
      });
    }
    const { code, stderr } = await datavis('export', 'dogs', '--out', join(folder, 'none'));
    expect(code).toBe(2);
    expect(stderr).toContain('"dogs" is neither a condition (name=value, such as category=dog) nor a dataset');
    expect((await datavis('stats', 'pets', '--dataset', 'dogs')).code).toBe(2);
  });

  test('exports and copies the dataset too', async () => {
    const out = join(folder, 'words');
    expect(await datavis('export', 'pets', 'category=cat', '--out', out)).toMatchObject({ code: 0 });
    expect(await datavis('snapshot', 'pets', '--out', join(folder, 'words.duckdb'))).toMatchObject({ code: 0 });
  });
});

describe('show', () => {
  test('an image by id, with its annotations', async () => {
    const shown = JSON.parse((await datavis('show', '7', '--json')).stdout) as { annotations: { id: number }[] };
    expect(shown).toMatchObject({ id: 7, file_name: '1/p3.jpg', split: 'train' });
    expect(shown.annotations.map(({ id }) => id)).toEqual([7, 27, 47, 67, 87]);
    expect((await datavis('show', '1/p3.jpg')).stdout).toContain('file_name        1/p3.jpg');
  });

  test('a name that means two images is not guessed', async () => {
    const { code, stderr } = await datavis('show', 'p3.jpg');
    expect(code).toBe(1);
    expect(stderr).toMatch(/several images[^]*key:\d+ \(train\), key:\d+/);
  });

  test('an image that is not there', async () => {
    expect((await datavis('show', 'key:999')).code).toBe(1);
    expect((await datavis('show', 'none.jpg')).stderr).toContain('There is no image "none.jpg"');
  });
});

describe('stats', () => {
  test('numbers for programs and bars for people', async () => {
    expect(JSON.parse((await datavis('stats', '--dataset', 'pets', '--json')).stdout)).toMatchObject({
      dataset: 'pets',
      images: { total: 30, empty: 10 },
      annotations: { total: 90, crowd: 0 },
    });
    const { stdout } = await datavis('stats');
    const [car = '', cat = ''] = ['car', 'cat'].map(
      (name) => new RegExp(`^  ${name} +\\d+ (█+)`, 'm').exec(stdout)?.[1],
    );
    expect(car.length).toBeGreaterThan(cat.length);
    expect(cat.length).toBeGreaterThan(0);
  });
});
