import { definePlugin, type ImportChunk, type ImporterContribution, type IngestRun } from '@datavis/plugin-sdk';
import { createObjectStoreResolver, MemoryObjectStore } from '@datavis/storage';
import { openDuckDb } from '@datavis/storage/duckdb-node';
import { describe, expect, test } from 'vitest';
import { exactJson } from './exact-json.js';
import { createPluginHost } from './host.js';
import { cocoBytes, detectFormat } from './importers.js';
import { normalisePlugin } from './normalise.js';

const silent = { debug() {}, info() {}, warn() {}, error() {} };

/** The COCO file that the host makes of what an importer reads. */
async function reading(read: () => unknown): Promise<string> {
  const importer = { format: 'f', read } as unknown as ImporterContribution;
  const plugin = await normalisePlugin(definePlugin({ name: 'p', importers: [importer] }));
  const guard = { log: silent, watchdog: undefined, slowNoticeMs: 1000 };
  const run = { signal: new AbortController().signal } as IngestRun;
  let text = '';
  for await (const bytes of cocoBytes({ plugin, importer, guard }, new MemoryObjectStore({}), run)) {
    text += Buffer.from(bytes).toString();
  }
  return text;
}

function written(chunks: readonly ImportChunk[], failure?: Error): Promise<string> {
  return reading(async function* () {
    yield* chunks;
    await Promise.resolve();
    if (failure !== undefined) throw failure;
  });
}

describe('cocoBytes', () => {
  test('is one COCO file, whatever the chunks', async () => {
    const text = await written([
      { table: 'categories', rows: [] },
      { table: 'categories', rows: [{ id: 1, name: 'a "b"' }] },
      { table: 'images', rows: [{ id: 2n ** 60n, file_name: 'x.jpg' }, { id: 'three' }] },
      { table: 'images', rows: [{ id: 4, extra: undefined }] },
    ]);
    expect(text).toContain('1152921504606846976');
    expect(JSON.parse(text)).toEqual({
      categories: [{ id: 1, name: 'a "b"' }],
      images: [{ id: Number(2n ** 60n), file_name: 'x.jpg' }, { id: 'three' }, { id: 4 }],
    });
    expect(await written([])).toBe('{}');
  });

  test('names plugin and format when the importer fails', async () => {
    await expect(written([{ table: 'images', rows: [{ id: 1 }] }], new Error('line 3'))).rejects.toMatchObject({
      code: 'DATAVIS_PLUGIN_HOOK_FAILED',
      message: 'p.importer f failed: line 3',
      plugin: 'p',
    });
  });

  test('refuses a table that comes back, and what is no chunk', async () => {
    const image: ImportChunk = { table: 'images', rows: [] };
    await expect(written([image, { table: 'categories', rows: [] }, image])).rejects.toThrow(
      'one table after the other',
    );
    await expect(written([{ table: 'nope', rows: [] } as unknown as ImportChunk])).rejects.toThrow('no chunk');
  });
});

describe('an importer that gives garbage', () => {
  const circle: Record<string, unknown> = { id: 1 };
  circle['self'] = circle;
  const record = (row: unknown) =>
    async function* () {
      yield await Promise.resolve({ table: 'images', rows: [{ id: 1 }, row] });
    };

  test.each<[string, () => unknown, string]>([
    ['nothing', () => undefined, 'gave undefined, which is no async iterable'],
    ['a list', () => [{ table: 'images', rows: [] }], 'gave a list, which is no async iterable'],
    [
      'null for a chunk',
      async function* () {
        yield await Promise.resolve(null);
      },
      'gave null, which is no chunk',
    ],
    [
      'no rows',
      async function* () {
        yield await Promise.resolve({ table: 'images', rows: { id: 1 } });
      },
      'gave an object, which is no chunk',
    ],
    [
      'a function in a record',
      record({ id: 2, size: () => 1 }),
      'record 2 of images, which is no JSON data: a function',
    ],
    ['a Map in a record', record({ id: new Map() }), 'record 2 of images, which is no JSON data: a Map'],
    ['a circle', record(circle), 'record 2 of images, which is no JSON data: Maximum call stack'],
  ])('%s', async (_, read, message) => {
    await expect(reading(read)).rejects.toMatchObject({
      code: 'DATAVIS_PLUGIN_OUTPUT',
      plugin: 'p',
      message: expect.stringContaining(`p.importer f gave`) as string,
    });
    await expect(reading(read)).rejects.toThrow(message);
  });

  test('what is no record stays for the reader to refuse, by its number', async () => {
    expect(JSON.parse(await reading(record(5)))).toEqual({ images: [{ id: 1 }, 5] });
    expect(JSON.parse(await reading(record(undefined)))).toEqual({ images: [{ id: 1 }, null] });
    expect(JSON.parse(await reading(record({ at: new Date(0) })))).toEqual({
      images: [{ id: 1 }, { at: '1970-01-01T00:00:00.000Z' }],
    });
  });

  test.each([
    ['a text', 'yes'],
    ['no reason', { confidence: 1 }],
    ['a confidence in words', { confidence: 'high', because: 'x' }],
    ['more than all', { confidence: 2, because: 'x' }],
    ['NaN', { confidence: NaN, because: 'x' }],
  ])('detect that gives %s', async (_, detection) => {
    const detect = (): unknown => detection;
    const importers = [{ format: 'f', detect, read: record(1) } as unknown as ImporterContribution];
    const database = await openDuckDb(':memory:', { threads: 1 });
    const stores = createObjectStoreResolver({ schemes: {} });
    const plugins = [definePlugin({ name: 'p', importers })];
    const host = await createPluginHost(plugins, { database, stores, hostVersion: '0.1.0' });
    try {
      await expect(detectFormat(host, new MemoryObjectStore({}))).rejects.toMatchObject({
        code: 'DATAVIS_PLUGIN_OUTPUT',
        message: expect.stringContaining('p.importer.detect gave ') as string,
      });
    } finally {
      await host.close();
      await database.close();
    }
  });
});

test('exactJson equals JSON.stringify but for bigint and typed arrays', () => {
  const value = { a: [1, 'x', null, true], b: { c: 'ü"\n' }, d: undefined };
  expect(exactJson(value)).toBe(JSON.stringify(value));
  expect(exactJson({ ids: new BigInt64Array([9007199254740993n]), n: NaN })).toBe(
    '{"ids":[9007199254740993],"n":null}',
  );
});
