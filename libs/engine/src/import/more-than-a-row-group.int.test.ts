import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openSandbox, type Sandbox } from '../../testing/sandbox.js';
import { untoldRows } from '../../testing/told-rows.js';

// Rows beyond what an INSERT waits for (30,720) take another way into the file than the few rows of other tests.

let folder: string;
let sandbox: Sandbox;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'datavis-rows-'));
  sandbox = await openSandbox(join(folder, 'a.duckdb'));
});
afterEach(async () => {
  await sandbox.close();
  await rm(folder, { recursive: true });
});

const range = (first: number, end: number): number[] => Array.from({ length: end - first }, (_, at) => first + at);
const image = (id: number): object => ({ id, file_name: `${id}.jpg`, width: 640, height: 480 });
const box = (id: number, imageId: number): object => ({
  ...{ id, image_id: imageId, category_id: 1, bbox: [1, 2, id % 500, 4], area: id, iscrowd: 0 },
});

function instances(firstImage: number, endImage: number, more: object = {}): object {
  const images = range(firstImage, endImage).map(image);
  const annotations = images.flatMap((_, at) => [
    box(2 * (firstImage + at), firstImage + at),
    box(2 * (firstImage + at) + 1, firstImage + at),
  ]);
  const notes = range(0, 33_000).map((n) => ({ n }));
  return { images, annotations, categories: [{ id: 1, name: 'cat' }], notes, ...more };
}

async function expectWhole(images: number, annotations: number): Promise<void> {
  const { equal, sources } = await sandbox.engine.verify({ dataset: 'set' });
  expect(sources.filter(({ state }) => state !== 'equal')).toEqual([]);
  expect(equal).toBe(true);
  expect(await sandbox.count('images')).toBe(images);
  expect(await sandbox.count('annotations')).toBe(annotations);
  expect(await sandbox.count('incoming_images')).toBe(0);
  expect(await sandbox.count('annotations WHERE image_key IS NULL OR category_key IS NULL')).toBe(0);
  expect(await untoldRows(sandbox.connection)).toEqual([]);
}

test('files that list the same pictures, and change one after the other', async () => {
  await sandbox.import(instances(0, 35_000), { name: 'a.json' });
  await expectWhole(35_000, 70_000);

  const captions = range(0, 35_000).map((id) => ({ id, image_id: id, category_id: 1, caption: `number ${id}` }));
  await sandbox.import(instances(0, 35_000, { annotations: captions }), { name: 'b.json' });
  await expectWhole(35_000, 105_000);

  const { sources } = await sandbox.import(instances(100, 36_000), { name: 'a.json' });
  expect(sources).toMatchObject([
    {
      state: 'changed',
      difference: {
        images: { added: 1_000, removed: 100, changed: 0 },
        annotations: { added: 2_000, removed: 200, changed: 0 },
      },
    },
  ]);
  await expectWhole(36_000, 35_000 + 71_800);

  await sandbox.import(instances(0, 34_000, { annotations: [] }), { name: 'b.json' });
  await expectWhole(36_000, 71_800);
});

test('a file that was cut off and whose pictures another one lists by now', async () => {
  const text = JSON.stringify(instances(0, 35_000));
  const cut = text.slice(0, text.indexOf('"notes"'));
  await expect(sandbox.import(cut, { name: 'a.json' })).rejects.toMatchObject({
    code: 'DATAVIS_INGEST_TRUNCATED',
  });
  await sandbox.import(instances(0, 35_000, { annotations: [] }), { name: 'b.json' });
  await sandbox.import(text, { name: 'a.json' });
  await expectWhole(35_000, 70_000);
});
