import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { CocoBatch } from '@datavis/plugin-sdk';
import { memoryOf, readCocoInto } from '../read-coco.js';
import { MemoryPool } from './memory-pool.js';

const number = fc.integer({ min: -5, max: 900 }).map((tenths) => tenths / 10);
const annotation = fc.record(
  {
    id: fc.nat(99),
    image_id: fc.oneof(fc.nat(9), fc.constantFrom('7', '2299')),
    category_id: fc.nat(9),
    bbox: fc.array(number, { minLength: 4, maxLength: 4 }),
    area: number,
    iscrowd: fc.constantFrom(0, 1),
    segmentation: fc.oneof(
      fc.array(fc.array(number, { maxLength: 9 }), { maxLength: 3 }),
      fc.constant({ counts: [1, 2, 3], size: [2, 3] }),
    ),
    keypoints: fc.array(number, { maxLength: 6 }),
    note: fc.string({ maxLength: 20 }),
  },
  { requiredKeys: [] },
);
const image = fc.record(
  {
    id: fc.nat(99),
    file_name: fc.string({ maxLength: 20 }),
    width: fc.nat(),
    license: fc.nat(9),
    more: fc.boolean(),
  },
  { requiredKeys: [] },
);

/** All batches of a file, whose columns lie in memory that holds `rest`. */
async function batchesIn(json: string, rest: number): Promise<CocoBatch[]> {
  const pool = new MemoryPool();
  for (let spare = 0; spare < 8; spare++) pool.give(new Uint8Array(1 << 20).fill(rest).buffer);
  const reader = readCocoInto(new Blob([json]).stream(), { batchRows: 7 }, pool);
  const batches: CocoBatch[] = [];
  for await (const batch of reader.batches()) {
    expect(memoryOf(batch).byteLength).toBe(1 << 20);
    batches.push(batch);
  }
  return batches;
}

test('what memory held before is seen in no column', async () => {
  const files = fc.record({
    images: fc.array(image, { maxLength: 20 }),
    annotations: fc.array(annotation, { maxLength: 20 }),
    categories: fc.constant([{ id: 1, name: 'one' }, { name: 'two' }]),
  });
  await fc.assert(
    fc.asyncProperty(files, async (file) => {
      const json = JSON.stringify(file);
      expect(await batchesIn(json, 0xab)).toEqual(await batchesIn(json, 0));
    }),
    { numRuns: 150 },
  );
});
