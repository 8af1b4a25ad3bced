import { definePlugin, type ImporterContribution, type ImportSource } from '@datavis/plugin-sdk';
import { describe, expect, it, test } from 'vitest';
import { importerConformance, type ImporterConformanceOptions } from './importer-conformance.js';

async function textOf({ store }: ImportSource, key: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of store.read(key)) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

const importer = (members: Partial<ImporterContribution> = {}): ReturnType<typeof definePlugin> =>
  definePlugin({
    name: 'lists',
    importers: [
      {
        format: 'list',
        detect: ({ sample }) =>
          sample.some(({ key }) => key === 'list.txt') ? { confidence: 1, because: 'list.txt' } : undefined,
        async *read(source) {
          const names = (await textOf(source, 'list.txt')).split('\n').filter(Boolean);
          yield { table: 'images', rows: names.map((file_name, index) => ({ id: index + 1, file_name })) };
        },
        ...members,
      },
    ],
  });

const OPTIONS: ImporterConformanceOptions = {
  format: 'list',
  samples: [
    {
      name: 'two names',
      files: { 'list.txt': 'a.jpg\nb.jpg\n' },
      expect: { images: [{ file_name: 'a.jpg' }, { file_name: 'b.jpg' }] },
    },
  ],
  foreign: [{ 'notes.txt': 'x' }],
};

describe('a sound importer', () => {
  importerConformance(importer(), OPTIONS, { describe, it });
});

/** The tests that fail for an importer, by what they say. */
async function failuresOf(plugin: ReturnType<typeof definePlugin>): Promise<string[]> {
  const tests: (readonly [string, () => Promise<void>])[] = [];
  importerConformance(plugin, OPTIONS, {
    describe: (_, body) => {
      body();
    },
    it: (name, body) => tests.push([name, body]),
  });
  const failed: string[] = [];
  for (const [name, body] of tests) await body().catch(() => failed.push(name));
  return failed;
}

test.each([
  [
    'reads something else',
    importer({
      async *read() {
        yield await Promise.resolve({ table: 'images', rows: [{ id: 1, file_name: 'c.jpg' }] });
      },
    }),
    ['two names: expected tables'],
  ],
  ['is never found', importer({ detect: () => undefined }), ['two names: is found by itself']],
  [
    'takes every place for its own',
    importer({ detect: () => ({ confidence: 0.1, because: 'why not' }) }),
    ['foreign place 1 is not taken for it', 'an empty place is not taken for it'],
  ],
  [
    'swallows faults',
    importer({
      async *read(source) {
        const text = await textOf(source, 'list.txt').catch(() => 'a.jpg\nb.jpg');
        const names = text.split('\n').filter(Boolean);
        yield { table: 'images', rows: names.map((file_name, index) => ({ id: index + 1, file_name })) };
      },
    }),
    ['two names: a read that fails is not swallowed'],
  ],
])('one that %s fails', async (_, plugin, names) => {
  expect(await failuresOf(plugin)).toEqual(names);
});
