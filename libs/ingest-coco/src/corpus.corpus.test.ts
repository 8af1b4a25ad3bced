import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeCorpus } from '@datavis/test-kit';
import { describe, expect, test } from 'vitest';
import { withoutNonFinite } from './tables/entry.js';
import { readAll } from '../testing/read-all.js';

/** Files of the corpus that are not COCO; every other one must read. */
const NOT_COCO = new Set([
  'HumanSignal__label-studio-sdk/tests/custom/converter/data/test_export_coco/data.json',
  'cocodataset__panopticapi/panoptic_coco_categories.json',
  'lvis-dataset__lvis-api/data/coco_to_synset.json',
  'obss__sahi/tests/data/coco_utils/terrain1.json',
  'obss__sahi/tests/data/coco_utils/terrain2.json',
  'obss__sahi/tests/data/coco_utils/terrain3.json',
  'open-mmlab__mmtracking/tests/data/demo_vis_data/results.json',
  'openvinotoolkit__datumaro/tests/assets/algorithms/noisy_label_detection_det/annotations/train.json',
  'roboflow__roboflow-python/tests/annotations/invalid_annotation.json',
  'roboflow__roboflow-python/tests/annotations/keypoint-detection-annotations/MM2A_46_R_T_predictions.json',
]);

function jsonFiles(dir: string): string[] {
  return readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.json'))
    .sort();
}

describeCorpus('real COCO files', (dir) => {
  describe.each(['fixtures', 'coco-sample'])('%s', (folder) => {
    test.each(jsonFiles(join(dir, folder)))('%s', async (name) => {
      const bytes = readFileSync(join(dir, folder, name));
      const { records, error, cursor } = await readAll(bytes, {}, 4096);
      if (NOT_COCO.has(name)) {
        expect(error).toMatchObject({ code: 'DATAVIS_INGEST_NOT_COCO' });
        return;
      }
      expect(error).toBeUndefined();
      expect(cursor.done).toBe(true);

      const expected = JSON.parse(withoutNonFinite(bytes.toString('utf8'))) as Record<string, unknown>;
      const sections: Record<string, unknown> = Array.isArray(expected) ? { '': expected } : expected;
      expect(cursor.sections.map((section) => section.name)).toEqual(Object.keys(sections));
      for (const { name: section, form, json, read, imported, refused } of cursor.sections) {
        const found = sections[section];
        if (form === 'value') expect(JSON.parse(json ?? '')).toEqual(found);
        else {
          expect(records[section] ?? []).toEqual(found);
          const { length } = found as unknown[];
          expect({ read, imported, refused }).toEqual({ read: length, imported: length, refused: 0 });
        }
      }
    });
  });
});
