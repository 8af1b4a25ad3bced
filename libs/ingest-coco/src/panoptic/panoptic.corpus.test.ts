import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeCorpus } from '@datavis/test-kit';
import { encode } from 'fast-png';
import { expect, test } from 'vitest';
import { decodePanopticPng } from './index.js';

test('ids from red, green and blue; alpha does not count', () => {
  const data = Uint8Array.from([1, 0, 0, 255, 2, 3, 4, 255, 0, 0, 0, 0, 255, 255, 255, 9]);
  const mask = decodePanopticPng(encode({ width: 2, height: 2, channels: 4, data }));
  expect(mask).toMatchObject({ width: 2, height: 2 });
  expect([...mask.ids]).toEqual([1, 2 + 3 * 256 + 4 * 65_536, 0, 2 ** 24 - 1]);
});

test('a bomb, a truncated file and a grey picture are typed errors', () => {
  const png = encode({ width: 100, height: 100, channels: 3, data: new Uint8Array(30_000) });
  const grey = encode({ width: 1, height: 1, channels: 1, data: new Uint8Array(1) });
  const refused = expect.objectContaining({ code: 'DATAVIS_INGEST_PANOPTIC' }) as Error;
  expect(() => decodePanopticPng(png, 9999)).toThrow(refused);
  for (const bytes of [png.subarray(0, 60), png.subarray(0, 3), grey]) {
    expect(() => decodePanopticPng(bytes)).toThrow(refused);
  }
});

interface Panoptic {
  readonly annotations: { file_name: string; segments_info: { id: number; area: number }[] }[];
}

describeCorpus('real panoptic masks', (dir) => {
  test('every segment has the area that segments_info says', () => {
    const folder = join(dir, 'fixtures/cocodataset__panopticapi/sample_data');
    const { annotations } = JSON.parse(readFileSync(join(folder, 'panoptic_examples.json'), 'utf8')) as Panoptic;
    expect(annotations).toHaveLength(2);
    for (const { file_name: name, segments_info: segments } of annotations) {
      const { ids } = decodePanopticPng(readFileSync(join(folder, 'panoptic_examples', name)));
      const areas = new Map<number, number>();
      for (const id of ids) areas.set(id, (areas.get(id) ?? 0) + 1);
      for (const { id, area } of segments) expect(areas.get(id)).toBe(area);
    }
  });
});
