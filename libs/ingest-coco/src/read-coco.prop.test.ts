import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { datasets, print, results } from '../testing/documents.js';
import { expectSameAsJsonParse } from '../testing/expected.js';
import { readAll } from '../testing/read-all.js';
import { readCoco } from './read-coco.js';

const layout = fc.record({
  blanks: fc.constantFrom('', ' ', '\t', '\n', '\r\n'),
  escapeSlashes: fc.boolean(),
  chunkBytes: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 64 }), fc.constant(100_000)),
  batchRows: fc.integer({ min: 1, max: 4 }),
});

describe('readCoco gives what JSON.parse gives', () => {
  test('for datasets, whatever the forms, the order and the chunks', async () => {
    await fc.assert(
      fc.asyncProperty(datasets, layout, async (dataset, { blanks, escapeSlashes, chunkBytes, batchRows }) => {
        const json = print(dataset, blanks, escapeSlashes);
        expectSameAsJsonParse(await readAll(json, { batchRows }, chunkBytes), json);
      }),
      { numRuns: 400 },
    );
  });

  test('with reused memory, as long as each batch is looked at in time', async () => {
    await fc.assert(
      fc.asyncProperty(datasets, fc.integer({ min: 1, max: 3 }), async (dataset, batchRows) => {
        const json = JSON.stringify(dataset);
        const { records } = await readAll(json, { batchRows });
        const reader = readCoco(new TextEncoder().encode(json), { batchRows, reuseMemory: true });
        const again: Record<string, unknown[]> = {};
        for await (const { section, value } of reader.records()) (again[section] ??= []).push(value);
        expect(again).toEqual(records);
      }),
      { numRuns: 100 },
    );
  });

  test('for results', async () => {
    const predictions = results.map((list) => [{ image_id: 1 }, ...list]);
    await fc.assert(
      fc.asyncProperty(predictions, layout, async (list, { blanks, escapeSlashes, chunkBytes, batchRows }) => {
        const json = print(list, blanks, escapeSlashes);
        expectSameAsJsonParse(await readAll(json, { batchRows }, chunkBytes), json);
      }),
      { numRuns: 100 },
    );
  });
});
