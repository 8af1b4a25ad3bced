import { appendFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCocoWorker, type CocoWorker, type WorkerReadOptions } from '@datavis/ingest-coco/worker';
import { createObjectStoreResolver } from '@datavis/storage';
import { openDuckDb } from '@datavis/storage/duckdb-node';
import { LocalObjectStore, openLocalStore } from '@datavis/storage/local';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { dump } from '../testing/dump.js';
import { createEngine } from './engine.js';
import type { ImportRequest, ImportResult } from './import/import-types.js';
import { readAhead, type SourceReader } from './read-ahead.js';

const text = JSON.stringify({
  images: Array.from({ length: 3000 }, (_, id) => ({ id, file_name: `${id}.jpg`, width: 4, height: 3 })),
  annotations: Array.from({ length: 9000 }, (_, id) => ({ id, image_id: id % 3000, category_id: 1, area: id / 7 })),
  categories: [{ id: 1, name: 'cat' }],
});

let folder: string;
let path: string;
let worker: CocoWorker;
/** Options of the reads that the worker was asked for. */
let reads: WorkerReadOptions[];
const counting: Pick<CocoWorker, 'readCoco'> = {
  readCoco: (source, options = {}) => {
    reads.push(options);
    return worker.readCoco(source, options);
  },
};

beforeAll(() => {
  worker = createCocoWorker();
});
afterAll(() => worker.close());
beforeEach(async () => {
  reads = [];
  folder = await mkdtemp(join(tmpdir(), 'datavis-ahead-'));
  path = join(folder, 'annotations', 'instances_val.json');
  await mkdir(join(folder, 'annotations'));
  await writeFile(path, text);
});
afterEach(() => rm(folder, { recursive: true }));

/** Imports into a database of its own; returns all that is in it then, or what is thrown. */
async function importWith(
  reader: SourceReader,
  request: Partial<ImportRequest> = {},
): Promise<{ readonly result: ImportResult; readonly rows: unknown }> {
  const database = await openDuckDb(':memory:');
  try {
    const stores = createObjectStoreResolver({ schemes: { file: openLocalStore } });
    const engine = await createEngine({ database, stores, reader });
    const result = await engine.import({ sources: [path], policy: 'tolerant', ...request });
    return { result, rows: await dump(database) };
  } finally {
    await database.close();
  }
}

test('an import goes on with what was begun, and stores the same', async () => {
  const ahead = await readAhead(counting, path, { policy: 'tolerant' });
  expect(reads).toMatchObject([{ readNow: true }]);
  const { result, rows } = await importWith(ahead);
  expect(reads).toHaveLength(1);
  expect(result.imported).toMatchObject({ images: 3000, annotations: 9000, categories: 1 });
  expect(rows).toEqual((await importWith(worker)).rows);
});

test('a second import does not get the same read', async () => {
  const ahead = await readAhead(counting, path, { policy: 'tolerant' });
  await importWith(ahead);
  const { result } = await importWith(ahead);
  expect(result.imported).toMatchObject({ annotations: 9000 });
  expect(reads).toHaveLength(2);
});

test('a file that has changed since is read anew', async () => {
  const ahead = await readAhead(counting, path, { policy: 'tolerant' });
  await appendFile(path, ' ');
  const { result } = await importWith(ahead);
  expect(result.imported).toMatchObject({ annotations: 9000 });
  expect(reads).toHaveLength(2);
});

test('another policy is read anew, and the read that was begun is given up', async () => {
  const ahead = await readAhead(counting, path, { policy: 'tolerant' });
  await importWith(ahead, { policy: 'strict' });
  expect(reads).toMatchObject([{ policy: 'tolerant' }, { policy: 'strict' }]);
  expect(reads[0]?.signal?.aborted).toBe(true);
});

test('an abort of the import reaches the read', async () => {
  const ahead = await readAhead(counting, path, { policy: 'tolerant' });
  const store = new LocalObjectStore({ root: folder });
  const stat = await store.stat('annotations/instances_val.json');
  const input = ahead.begun?.(`${store.root}/annotations/instances_val.json`, stat?.version ?? '');
  expect(input).toBeDefined();
  const abort = new AbortController();
  const reason = new Error('enough');
  const reading = (async () => {
    const reader = ahead.readCoco(input ?? new Uint8Array(), { policy: 'tolerant', signal: abort.signal });
    for await (const batch of reader.batches()) if (batch.length > 0) abort.abort(reason);
  })();
  await expect(reading).rejects.toBe(reason);
  expect(reads).toHaveLength(1);
});

test('an import that is aborted before it asks ends the read that was begun', async () => {
  const ahead = await readAhead(counting, path, { policy: 'tolerant' });
  const stat = await new LocalObjectStore({ root: folder }).stat('annotations/instances_val.json');
  const input = ahead.begun?.(`${new LocalObjectStore({ root: folder }).root}/${stat?.key}`, stat?.version ?? '');
  const reason = new Error('too late');
  const reader = ahead.readCoco(input ?? new Uint8Array(), {
    policy: 'tolerant',
    signal: AbortSignal.abort(reason),
  });
  await expect(reader.batches().next()).rejects.toBe(reason);
  expect(reads).toHaveLength(1);
  expect(reads[0]?.signal?.aborted).toBe(true);
});

test('of a path that is no file the import tells', async () => {
  path = join(folder, 'none.json');
  expect(await readAhead(counting, path, { policy: 'tolerant' })).toBe(counting);
  await expect(importWith(worker)).rejects.toMatchObject({ code: 'DATAVIS_STORAGE_NOT_FOUND' });
});
