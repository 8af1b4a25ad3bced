import { execFile } from 'node:child_process';
import { mkdtemp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { startFakeGcs } from '@datavis/fake-gcs';
import type { FakeGcs } from '@datavis/fake-gcs';
import type { SqlDatabase } from '@datavis/plugin-sdk';
import { openDuckDb } from '@datavis/storage/duckdb-node';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { bundle, runChild } from '../../testing/child.js';
import { placelessDump, storesOn } from '../../testing/gcs.js';
import { createEngine } from '../engine.js';

let server: FakeGcs;
let folder: string;

beforeEach(async () => {
  server = await startFakeGcs();
  folder = await mkdtemp(join(tmpdir(), 'datavis-gcs-'));
});
afterEach(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

const images = Array.from({ length: 300 }, (_, i) => ({
  id: i + 1,
  file_name: `${i + 1} ü.jpg`,
  width: 64,
  height: 48,
}));
const annotations = Array.from({ length: 20_000 }, (_, i) => ({
  id: i + 1,
  image_id: (i % 300) + 1,
  category_id: 1,
  bbox: [i % 60, 1.5, 3, 4],
  area: 12,
  iscrowd: 0,
  segmentation: [[1, 1, 4, 1, 4, 5, i % 7, 5]],
  note: `kept ${i}`,
}));
const text = JSON.stringify({ info: { year: 2026 }, images, annotations, categories: [{ id: 1, name: 'cat' }] });

/** The same objects on the disk and in the bucket. */
async function put(key: string, bytes: Uint8Array): Promise<void> {
  await mkdir(join(folder, key, '..'), { recursive: true });
  await writeFile(join(folder, key), bytes);
  server.put('bucket', `sets/${key}`, bytes);
}

async function putDataset(): Promise<void> {
  await put('annotations/instances_val2017.json', Buffer.from(text));
  for (const image of images.slice(0, 250)) await put(`val2017/${image.file_name}`, Buffer.from(image.file_name));
}

function engineOn(database: SqlDatabase) {
  return createEngine({ database, stores: storesOn(server.url) }, { commitRows: 4_096 });
}

test('imported from gs:// and from disk, the tables are the same, also over a bad network', async () => {
  await putDataset();
  const dumps = [];
  for (const root of [pathToFileURL(folder).href, 'gs://bucket/sets']) {
    const database = await openDuckDb(':memory:');
    server.faults.add(
      { kind: 'fin', afterBytes: 100_000 },
      { kind: 'status', status: 503 },
      { kind: 'reset', afterBytes: 9 },
    );
    server.faults.add({ on: 'list', kind: 'status', status: 429 });
    const result = await (await engineOn(database)).import({ sources: [root], dataset: 'set' });
    expect(result.imported).toMatchObject({ images: 300, annotations: 20_000 });
    dumps.push(await placelessDump(database, root));
    await database.close();
  }
  expect(server.faults.used).toBeGreaterThan(2);
  expect(dumps[1]).toEqual(dumps[0]);
}, 60_000);

test('the sample dataset from gs:// is that from disk, its pictures and oddities included', async () => {
  const script = fileURLToPath(new URL('../../../../tools/sample/make-sample.mjs', import.meta.url));
  const sample = join(folder, 'sample');
  await promisify(execFile)(process.execPath, [script, sample]);
  for (const entry of await readdir(sample, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile()) server.put('bucket', `sample${path.slice(sample.length)}`, await readFile(path));
  }
  const dumps = [];
  for (const root of [pathToFileURL(sample).href, 'gs://bucket/sample']) {
    const database = await openDuckDb(':memory:');
    const result = await (await engineOn(database)).import({ sources: [root], dataset: 'sample' });
    expect(result.imported['images']).toBeGreaterThan(50);
    dumps.push(await placelessDump(database, root));
    await database.close();
  }
  expect(dumps[1]).toEqual(dumps[0]);
}, 60_000);

test('an import from gs:// that stops in mid-file goes on with a range read from the cursor', async () => {
  await putDataset();
  const source = 'gs://bucket/sets/annotations/instances_val2017.json';
  const request = { sources: [source], dataset: 'set', media: false };
  const database = await openDuckDb(':memory:');
  const engine = await engineOn(database);
  const controller = new AbortController();
  const stopped = engine.import(request, {
    signal: controller.signal,
    onProgress: (progress) => {
      if ((progress.read['annotations'] ?? 0) > 8_000) controller.abort(new Error('stop'));
    },
  });
  await expect(stopped).rejects.toThrow('stop');
  server.requests.length = 0;
  await engine.import(request);
  const starts = server.requests
    .filter((one) => one.kind === 'media')
    .map((one) => Number(/bytes=(\d+)-/.exec(one.range ?? '')?.[1] ?? 0));
  // The head of the file is read again, to see that it is the same one; the rest before the cursor is not.
  expect(starts.some((start) => start > text.length / 4 && start < text.length)).toBe(true);
  const connection = await database.connect();
  const [row] = await connection.all<{ n: bigint; d: bigint }>(
    'SELECT count(*) AS n, count(DISTINCT id) AS d FROM annotations',
  );
  expect([row?.n, row?.d]).toEqual([20_000n, 20_000n]);
  await connection.close();
  await database.close();
});

test('an import from gs:// killed by kill -9 in mid-file goes on with a range read from the cursor', async () => {
  await putDataset();
  const source = 'gs://bucket/sets/annotations/instances_val2017.json';
  // Beside the sources, so that the bundle finds node_modules.
  const cache = fileURLToPath(new URL('../../node_modules/.cache/', import.meta.url));
  await mkdir(cache, { recursive: true });
  const scripts = await mkdtemp(join(cache, 'gcs-kill-'));
  const path = join(folder, 'killed.duckdb');
  const starts = (): number[] =>
    server.requests.flatMap(({ range }) => (range === undefined ? [] : [Number(/bytes=(\d+)-/.exec(range)?.[1])]));
  try {
    const script = await bundle('import-child', scripts);
    const isHalfway = async (): Promise<void> => {
      while (!starts().some((start) => start > text.length / 2))
        await new Promise((resolve) => setImmediate(resolve));
    };
    expect((await runChild(script, [path, source, server.url], isHalfway)).killed).toBe(true);
    const database = await openDuckDb(path);
    const connection = await database.connect();
    const [run] = await connection.all<{ cursor: string }>(
      'SELECT cursor FROM ingest_commits ORDER BY number DESC',
    );
    const { byteOffset } = JSON.parse(run?.cursor ?? '{}') as { byteOffset: number };
    expect(byteOffset).toBeGreaterThan(0);
    expect(byteOffset).toBeLessThan(text.length);
    await connection.close();
    await database.close();

    server.requests.length = 0;
    expect((await runChild(script, [path, source, server.url])).killed).toBe(false);
    // The first 64 KiB are read again, to see that it is the same file, and nothing else before the cursor.
    expect(starts().filter((start) => start < byteOffset)).toEqual([0]);
    expect(server.requests.find(({ range }) => range?.startsWith('bytes=0-'))?.range).toBe('bytes=0-65535');
    expect(Math.min(...starts().filter((start) => start > 0))).toBe(byteOffset);
    const dumps = [];
    for (const file of [path, join(folder, 'unbroken.duckdb')]) {
      const again = await openDuckDb(file);
      await (await engineOn(again)).import({ sources: [source], dataset: 'set', media: false });
      dumps.push(await placelessDump(again, 'gs://bucket/sets'));
      await again.close();
    }
    expect(dumps[0]).toEqual(dumps[1]);
  } finally {
    await rm(scripts, { recursive: true });
  }
}, 60_000);

test('exported to gs:// and imported from there again, the records are those of the input', async () => {
  await putDataset();
  const database = await openDuckDb(':memory:');
  const engine = await engineOn(database);
  const local = join(folder, 'annotations/instances_val2017.json');
  await engine.import({ sources: [local], dataset: 'set', media: false });
  await engine.export({ dataset: 'set', out: 'gs://bucket/out/back.json' });
  const back: unknown = JSON.parse(server.get('bucket', 'out/back.json')?.bytes.toString() ?? '');
  expect(back).toEqual(JSON.parse(await readFile(local, 'utf8')));
  const again = await engine.import({ sources: ['gs://bucket/out/back.json'], dataset: 'again', media: false });
  expect(again.imported).toMatchObject({ images: 300, annotations: 20_000 });
  await database.close();
});
