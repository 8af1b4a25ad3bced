import {
  definePlugin,
  type OutputRow,
  type Plugin,
  type SqlConnection,
  type SqlDatabase,
} from '@datavis/plugin-sdk';
import { createObjectStoreResolver, MemoryObjectStore } from '@datavis/storage';
import { openDuckDb } from '@datavis/storage/duckdb-node';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createPluginHost } from './host.js';
import { showImages } from './image-pass.js';

let database: SqlDatabase;
let connection: SqlConnection;
const objects = { 'a.jpg': Buffer.from([1, 2, 3]), 'b.jpg': Buffer.from([4, 5, 6]), 'bad.jpg': Buffer.from([]) };
const stores = createObjectStoreResolver({
  schemes: { memory: async (root) => new MemoryObjectStore({ root, objects }) },
});
/** One RGBA pixel made of the file's bytes. */
const thumbnails = {
  decode: async (file: Uint8Array) => {
    if (file.length === 0) throw new Error('empty');
    return { data: new Uint8Array([...file, 255]), channels: 4 as const, widthPx: 1, heightPx: 1 };
  },
};

beforeEach(async () => {
  database = await openDuckDb(':memory:', { threads: 1 });
  connection = await database.connect();
  await connection.run(`CREATE TABLE datasets (dataset_key BIGINT, name VARCHAR);
    INSERT INTO datasets VALUES (1, 'd'), (2, 'other');
    CREATE TABLE images (image_key BIGINT, dataset_key BIGINT, source_key BIGINT, id BIGINT, id_text VARCHAR, file_name VARCHAR,
      media_uri VARCHAR, media_version VARCHAR, media_state VARCHAR, width INT, height INT, stored_width INT, stored_height INT);
    INSERT INTO images VALUES
      (1, 1, 9, 11, NULL, 'a.jpg', 'memory://d/a.jpg', 'v1', 'found', 8, 6, 80, 60),
      (2, 1, 9, 12, NULL, 'b.jpg', 'memory://d/b.jpg', 'v1', 'found', 8, 6, NULL, NULL),
      (3, 1, 9, 13, NULL, 'bad.jpg', 'memory://d/bad.jpg', 'v1', 'found', 8, 6, NULL, NULL),
      (4, 1, 9, 14, NULL, 'gone.jpg', NULL, 'v1', 'missing', 8, 6, NULL, NULL),
      (5, 2, 9, 15, NULL, 'a.jpg', 'memory://d/a.jpg', 'v1', 'found', 8, 6, NULL, NULL)`);
});
afterEach(async () => {
  await database.close();
});

async function pass(plugin: Plugin, signal = new AbortController().signal) {
  const host = await createPluginHost([plugin], { database, stores, hostVersion: '0.1.0' });
  const dataset = { name: 'd', uri: 'memory://d' };
  const run = await host.beginRun({ runId: '1', sourceKey: 9n, dataset, startedAt: new Date(), signal });
  try {
    return { run, result: await showImages(run, { database, stores, thumbnails }, { dataset: 'd', signal }) };
  } finally {
    await host.close();
  }
}

const colors = (
  values?: (file: string) => OutputRow<{ red: 'i32'; hash: 'i64'; vector: { type: 'f32[n]'; width: 3 } }>,
  version = '1.0.0',
): Plugin =>
  definePlugin({
    name: 'colors',
    version,
    columns: { images: { red: 'i32', hash: 'i64', vector: { type: 'f32[n]', width: 3 }, ratio: 'f64' } },
    onImageDecoded: ({ rgb, fileName, widthPx, heightPx }) =>
      values?.(fileName) ?? { red: rgb.data[0], hash: 2n ** 60n, vector: rgb.data, ratio: widthPx / heightPx },
  });

test('every image with a file is decoded once, and its values stored under its key', async () => {
  const { result } = await pass(colors());
  expect(result).toEqual({ decoded: 2, failed: 1, failures: [{ fileName: 'bad.jpg', message: 'empty' }] });
  expect(
    await connection.all('SELECT image_key, red, hash, vector::FLOAT[] AS v FROM plg_colors.images ORDER BY 1'),
  ).toEqual([
    { image_key: 1n, red: 1, hash: 2n ** 60n, v: [1, 2, 3] },
    { image_key: 2n, red: 4, hash: 2n ** 60n, v: [4, 5, 6] },
  ]);
});

test('another version of the plugin looks again, and leaves columns it does not speak of', async () => {
  await pass(colors());
  await pass(colors(() => ({ red: 7 }), '1.0.1'));
  expect(await connection.all('SELECT red, hash FROM plg_colors.images')).toEqual([
    { red: 7, hash: 2n ** 60n },
    { red: 7, hash: 2n ** 60n },
  ]);
});

describe('what was shown is not shown again', () => {
  const seen: string[] = [];
  const watching = (stop?: () => void): Plugin =>
    colors((file) => {
      seen.push(file);
      stop?.();
      return { red: 1 };
    });
  beforeEach(() => {
    seen.length = 0;
  });

  test('but for pictures that failed, and new versions of files', async () => {
    await pass(watching());
    expect((await pass(watching())).result).toMatchObject({ decoded: 0, failed: 1 });
    expect(seen).toEqual(['a.jpg', 'b.jpg']);
    await connection.run("UPDATE images SET media_version = 'v2' WHERE image_key = 2");
    await pass(watching());
    expect(seen).toEqual(['a.jpg', 'b.jpg', 'b.jpg']);
  });

  test('a plugin without a word to say has seen it too', async () => {
    await pass(
      colors((file) => {
        seen.push(file);
        return {};
      }),
    );
    await pass(watching());
    expect(seen).toEqual(['a.jpg', 'b.jpg']);
  });

  test('a pass that was stopped keeps what it has, and the next goes on', async () => {
    await connection.run(`INSERT INTO images SELECT 100 + n, 1, 9, n, NULL, 'n' || n, 'memory://d/a.jpg', 'v1', 'found',
      8, 6, NULL, NULL FROM range(600) t(n)`);
    const abort = new AbortController();
    const stop = (): void => {
      if (seen.length === 300) abort.abort();
    };
    await expect(pass(watching(stop), abort.signal)).rejects.toThrow(/abort/i);
    const [{ n } = { n: 0n }] = await connection.all<{ n: bigint }>('SELECT count(*) AS n FROM plg_colors.images');
    // The pictures that were under way when it stopped are asked for again.
    expect(Number(n)).toBeGreaterThanOrEqual(296);
    const before = seen.length;
    await pass(watching());
    expect(seen.length - before).toBe(602 - Number(n));
    expect(new Set(seen).size).toBe(602);
  });
});

test.each([
  ['a text for a number', { red: 'x' }],
  ['a vector of another width', { vector: [1] }],
  ['an undeclared column', { nope: 1 }],
  ['a fraction for a whole number', { hash: 0.5 }],
])('%s is refused', async (_, values) => {
  await expect(pass(colors(() => values as never))).rejects.toMatchObject({
    code: 'DATAVIS_PLUGIN_OUTPUT',
    hook: 'onImageDecoded',
  });
});

test('the failure policy holds for images too', async () => {
  const flaky = definePlugin({
    name: 'flaky',
    onFailure: 'disable',
    onImageDecoded() {
      throw new Error('boom');
    },
  });
  const { run, result } = await pass(flaky);
  expect(run.disabled).toEqual(['flaky']);
  expect(result.decoded).toBe(2);
});
