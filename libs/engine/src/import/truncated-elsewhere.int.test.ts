import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { startFakeGcs, type FakeGcs } from '@datavis/fake-gcs';
import { openDuckDb } from '@datavis/storage/duckdb-node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { placelessDump, storesOn } from '../../testing/gcs.js';
import { zipOf } from '../../testing/zip-of.js';
import { createEngine } from '../engine.js';

// A file that ends early, wherever it lies, and the whole one in its place: the import goes on where it had to stop.

let server: FakeGcs;
let folder: string;
beforeAll(async () => {
  server = await startFakeGcs();
  folder = await mkdtemp(join(tmpdir(), 'datavis-truncated-'));
});
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

const text = JSON.stringify({
  info: { year: 2026 },
  images: Array.from({ length: 40 }, (_, id) => ({ id, file_name: `${id} 😀.jpg` })),
  annotations: Array.from({ length: 200 }, (_, id) => ({
    id,
    image_id: id % 41,
    bbox: [id, 1, 2, 3.5],
    note: 'ü',
  })),
  categories: [{ id: 1, name: 'cat' }],
});

/** Puts bytes to a place; returns what to import. */
const PLACES: Readonly<Record<string, (bytes: Uint8Array) => Promise<string> | string>> = {
  'on the disk': async (bytes) => {
    await writeFile(join(folder, 'set.json'), bytes);
    return join(folder, 'set.json');
  },
  'in a zip archive': async (bytes) => {
    await writeFile(join(folder, 'set.zip'), zipOf({ 'annotations/instances_val.json': bytes }));
    return join(folder, 'set.zip');
  },
  'in a bucket': (bytes) => {
    server.put('bucket', 'set.json', bytes);
    return 'gs://bucket/set.json';
  },
  'in a bucket, stored as gzip': (bytes) => {
    server.put('bucket', 'packed.json', gzipSync(bytes), { contentEncoding: 'gzip' });
    return 'gs://bucket/packed.json';
  },
};

test.each(Object.entries(PLACES))(
  '%s',
  async (_place, put) => {
    const bytes = Buffer.from(text);
    const engineOn = async (database: Awaited<ReturnType<typeof openDuckDb>>) =>
      createEngine({ database, stores: storesOn(server.url) }, { commitRows: 16, batchRows: 8 });
    const request = { dataset: 'set', split: 'val', media: false };
    const states: string[] = [];
    // In the first images, in the middle of a character, of an annotation, before the last byte.
    for (const cut of [200, bytes.indexOf('😀', 900) + 2, Math.floor(bytes.length * 0.7), bytes.length - 1]) {
      const whole = await openDuckDb(':memory:');
      const database = await openDuckDb(':memory:');
      const engine = await engineOn(database);
      const sources = [await put(bytes.subarray(0, cut))];
      await expect(engine.import({ ...request, sources })).rejects.toMatchObject({
        code: 'DATAVIS_INGEST_TRUNCATED',
      });
      await put(bytes);
      const again = await engine.import({ ...request, sources });
      states.push(...again.sources.map(({ state }) => state));
      await (await engineOn(whole)).import({ ...request, sources });
      expect(await placelessDump(database, folder), `cut at ${cut}`).toEqual(await placelessDump(whole, folder));
      expect(await engine.verify({ dataset: 'set' })).toMatchObject({ equal: true });
      await database.close();
      await whole.close();
    }
    expect(states.at(-1)).toBe('resumed');
  },
  120_000,
);
