import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeCorpus } from '@datavis/test-kit';
import { expect, test } from 'vitest';
import { encodeCounts, fromCoco, rleArea, rleBbox } from './rle.js';
import type { CocoRle } from './rle.js';

interface MaskAnnotation {
  readonly segmentation: CocoRle;
  readonly area: number;
  readonly bbox: readonly number[];
}

describeCorpus('real run-length encodings', (dir) => {
  test.each([
    ['nightrome__cocostuffapi/annotations/stuff_examples.json', 17],
    ['cocodataset__panopticapi/sample_data/panoptic_coco_detection_format.json', 50],
  ])('%s: area, box and text are those of the file', (name, count) => {
    const { annotations } = JSON.parse(readFileSync(join(dir, 'fixtures', name), 'utf8')) as {
      annotations: MaskAnnotation[];
    };
    expect(annotations).toHaveLength(count);
    for (const { segmentation, area, bbox } of annotations) {
      const rle = fromCoco(segmentation);
      expect(rleArea(rle)).toBe(area);
      expect(rleBbox(rle)).toEqual(bbox);
      expect(encodeCounts(rle.counts)).toBe(segmentation.counts);
    }
  });
});
