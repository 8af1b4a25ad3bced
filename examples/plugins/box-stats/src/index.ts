import { definePlugin } from '@datavis/plugin-sdk';
import { z } from 'zod';

/** Adds the area and the aspect ratio of every box, and drops boxes smaller than the user wants. */
export const boxStats = definePlugin({
  name: '@datavis-examples/datavis-plugin-box-stats',
  version: '1.0.0',
  description: 'Area and aspect ratio of every box',
  config: z.object({ minAreaPx: z.number().min(0).default(0) }),
  columns: {
    annotations: {
      area_px: { type: 'f32', unit: 'px²', description: 'width × height of the box' },
      aspect: { type: 'f32', description: 'width / height of the box' },
    },
  },

  onAnnotations(batch, run) {
    const width = batch.column('bbox_w');
    const height = batch.column('bbox_h');
    const areaPx = batch.output('area_px');
    const aspect = batch.output('aspect');
    for (let row = 0; row < batch.length; row++) {
      // An annotation without a box has NaN here, and so NULL in both columns.
      const w = width[row] ?? NaN;
      const h = height[row] ?? NaN;
      areaPx[row] = w * h;
      aspect[row] = h === 0 ? NaN : w / h;
      if (w * h < run.config.minAreaPx) batch.drop(row, 'too-small');
    }
  },
});

export default boxStats;
