import { definePlugin, type ImportChunk, type ImporterContribution, type IngestRun } from '@datavis/plugin-sdk';
import { MemoryObjectStore } from '@datavis/storage';
import { describe, expect, test } from 'vitest';
import { cocoBytes, exactJson } from './importers.js';
import { normalisePlugin } from './normalise.js';

const silent = { debug() {}, info() {}, warn() {}, error() {} };

async function written(chunks: readonly ImportChunk[], failure?: Error): Promise<string> {
  const importer: ImporterContribution = {
    format: 'f',
    async *read() {
      yield* chunks;
      await Promise.resolve();
      if (failure !== undefined) throw failure;
    },
  };
  const plugin = await normalisePlugin(definePlugin({ name: 'p', importers: [importer] }));
  const guard = { log: silent, watchdog: undefined, slowNoticeMs: 1000 };
  const run = { signal: new AbortController().signal } as IngestRun;
  let text = '';
  for await (const bytes of cocoBytes({ plugin, importer, guard }, new MemoryObjectStore({}), run)) {
    text += Buffer.from(bytes).toString();
  }
  return text;
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

test('exactJson equals JSON.stringify but for bigint and typed arrays', () => {
  const value = { a: [1, 'x', null, true], b: { c: 'ü"\n' }, d: undefined };
  expect(exactJson(value)).toBe(JSON.stringify(value));
  expect(exactJson({ ids: new BigInt64Array([9007199254740993n]), n: NaN })).toBe(
    '{"ids":[9007199254740993],"n":null}',
  );
});
