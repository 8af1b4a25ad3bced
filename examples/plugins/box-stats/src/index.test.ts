import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { conformance, testPlugin } from '@datavis/plugin-testing';
import { boxStats } from './index.js';

testPlugin(
  boxStats,
  [
    {
      name: 'area and aspect; no box, no values',
      given: {
        annotations: [
          { id: 1, image_id: 1, category_id: 1, bbox: [0, 0, 8, 4] },
          { id: 2, image_id: 1, category_id: 1 },
          { id: 3, image_id: 1, category_id: 1, bbox: [0, 0, 8, 0] },
        ],
      },
      expect: {
        annotations: [
          { area_px: 32, aspect: 2 },
          { area_px: null, aspect: null },
          { area_px: 0, aspect: null },
        ],
      },
    },
    {
      name: 'boxes below the limit are dropped',
      options: { minAreaPx: 10 },
      given: {
        annotations: [
          { id: 1, image_id: 1, category_id: 1, bbox: [0, 0, 3, 3] },
          { id: 2, image_id: 1, category_id: 1, bbox: [0, 0, 5, 2] },
        ],
      },
      expect: { annotations: [{ id: 2 }], dropped: { 'box_stats/too-small': 1 } },
    },
  ],
  { describe, it },
);

conformance(boxStats, { packageFolder: fileURLToPath(new URL('..', import.meta.url)) }, { describe, it });
