import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SqlDatabase, ThumbnailEngine } from '@datavis/plugin-sdk';
import { createCatalogReader, createObjectStoreResolver } from '@datavis/storage';
import { openDuckDb } from '@datavis/storage/duckdb-node';
import { openLocalStore } from '@datavis/storage/local';
import { createThumbnailer } from '@datavis/thumbs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createEngine, type Engine } from '../engine.js';
import { createMediaReader, type MediaReader } from '../media/media-reader.js';
import { makeThumbnails, type MakeThumbnailsProgress } from './make-thumbnails.js';

/** A GIF of one pixel. */
const gif = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64');

let folder: string;
let database: SqlDatabase;
let engine: Engine;
let media: MediaReader;
let rendered: number;
const renderer: ThumbnailEngine = {
  fingerprint: 'test/1',
  inputTypes: ['image/gif'],
  outputFormats: ['webp'],
  concurrency: 2,
  render: async () => {
    rendered++;
    await new Promise((resolve) => setTimeout(resolve, 2));
    return { bytes: gif, contentType: 'image/webp', widthPx: 1, heightPx: 1 };
  },
  decode: () => Promise.reject(new Error('not asked for here')),
  encode: () => Promise.reject(new Error('not asked for here')),
  close: () => Promise.resolve(),
};

beforeEach(async () => {
  rendered = 0;
  folder = await mkdtemp(join(tmpdir(), 'datavis-bulk-'));
  const images = Array.from({ length: 20 }, (_, i) => ({ id: i, file_name: `${i}.gif`, width: 1, height: 1 }));
  await writeFile(join(folder, 'instances.json'), JSON.stringify({ images, annotations: [], categories: [] }));
  for (const { id, file_name } of images) {
    if (id < 17) await writeFile(join(folder, file_name), id === 0 ? 'no picture at all' : gif);
  }
  const stores = createObjectStoreResolver({ schemes: { file: openLocalStore } });
  database = await openDuckDb(':memory:');
  engine = await createEngine({ database, stores });
  media = createMediaReader({ catalog: createCatalogReader(database), stores });
  await engine.import({ sources: [join(folder, 'instances.json')], dataset: 'd', images: folder });
});
afterEach(async () => {
  await media.close();
  await database.close();
  await rm(folder, { recursive: true });
});

test('makes each once, counts what has no file or no picture, and skips what is fresh', async () => {
  const thumbnailer = createThumbnailer({ engine: renderer });
  const seen: MakeThumbnailsProgress[] = [];
  const deps = { database, media, thumbnailer };
  const first = await makeThumbnails(deps, { dataset: 'd' }, { onProgress: (progress) => seen.push(progress) });
  expect(first).toMatchObject({ total: 20, made: 16, fresh: 0, missing: 3, failed: 1 });
  expect(first.failures).toMatchObject([{ code: 'DATAVIS_THUMBS_UNSUPPORTED' }]);
  expect(first.failures[0]?.uri).toMatch(/\/0\.gif$/);
  expect(seen.at(-1)).toMatchObject({ total: 20, made: 16 });
  // One by one: a dataset of few large pictures has a line that moves.
  expect(new Set(seen.map(({ made }) => made)).size).toBe(17);
  expect(await makeThumbnails(deps, { dataset: 'd' })).toMatchObject({ made: 0, fresh: 16, missing: 3, failed: 1 });
  expect(rendered).toBe(16);

  await writeFile(join(folder, '5.gif'), Buffer.concat([gif, Buffer.from('\0')]));
  expect(await makeThumbnails(deps, { dataset: 'd' })).toMatchObject({ made: 1, fresh: 15 });
});

test('stops when it is told to, and goes on where it was', async () => {
  const thumbnailer = createThumbnailer({ engine: renderer });
  const deps = { database, media, thumbnailer };
  const stop = new AbortController();
  setTimeout(() => {
    stop.abort();
  }, 15);
  const run = makeThumbnails(deps, { dataset: 'd', concurrency: 1 }, { signal: stop.signal });
  await expect(run).rejects.toThrow(expect.objectContaining({ name: 'AbortError' }));
  const result = await makeThumbnails(deps, { dataset: 'd' });
  expect(result.made + result.fresh).toBe(16);
});

test('the engine makes them too: as many at a time as it is told, stopped and resumed', async () => {
  let most = 0;
  let running = 0;
  const counting: ThumbnailEngine = {
    ...renderer,
    concurrency: 4,
    render: async (...args) => {
      most = Math.max(most, ++running);
      return await renderer.render(...args).finally(() => running--);
    },
  };
  const stores = createObjectStoreResolver({ schemes: { file: openLocalStore } });
  const thumbnailer = createThumbnailer({ engine: counting });
  const withThumbnails = await createEngine({ database, stores, thumbnailer });
  const stop = new AbortController();
  const reason = new Error('stop');
  const stopped = withThumbnails.thumbnails({ dataset: 'd', concurrency: 1 }, { signal: stop.signal });
  while (rendered < 3) await new Promise((resolve) => setImmediate(resolve));
  stop.abort(reason);
  await expect(stopped).rejects.toBe(reason);
  expect(most).toBe(1);
  const before = rendered;
  const seen: MakeThumbnailsProgress[] = [];
  const result = await withThumbnails.thumbnails(
    { dataset: 'd', concurrency: 4 },
    { onProgress: (progress) => seen.push(progress) },
  );
  expect(most).toBeGreaterThan(1);
  expect(most).toBeLessThanOrEqual(4);
  expect(result.made + result.fresh).toBe(16);
  expect(result.fresh).toBeGreaterThan(0);
  expect(rendered).toBeLessThan(before + 16);
  expect(seen.at(-1)).toMatchObject({ total: 20, missing: 3, failed: 1 });
  await expect(engine.thumbnails({ dataset: 'd' })).rejects.toMatchObject({
    code: 'DATAVIS_ENGINE_NO_THUMBNAILER',
  });
});

test('an unknown dataset is an error', async () => {
  const thumbnailer = createThumbnailer({ engine: renderer });
  const run = makeThumbnails({ database, media, thumbnailer }, { dataset: 'nobody' });
  await expect(run).rejects.toMatchObject({ code: 'DATAVIS_CATALOG_NOT_FOUND' });
});
