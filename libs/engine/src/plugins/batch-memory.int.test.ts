import { definePlugin } from '@datavis/plugin-sdk';
import { expect, test } from 'vitest';
import { openSandbox } from '../../testing/sandbox.js';

const ROWS = 500;
const BATCH_ROWS = 7;

/** All of three digits: batches of one size, so that the memory of one is large enough for the next. */
const ids = Array.from({ length: ROWS }, (_, index) => 100 + index);
/** In some batches only: those without a dropped row are stored as they were read. */
const isDropped = (id: number): boolean => id % 30 === 0;
const COCO = {
  images: [{ id: 1, file_name: 'a.jpg', width: 9, height: 9 }],
  annotations: ids.map((id) => ({ id, image_id: 1, category_id: 1, bbox: [id, 0, 1, 1], note: `n${id}` })),
  categories: [{ id: 1, name: 'cat' }],
};

test('what plugins drop, rewrite and compute is right though the memory of batches is used again', async () => {
  const plugin = definePlugin({
    name: 'sieve',
    columns: { annotations: { left: 'f64', label: 'utf8', corner: 'f64[]' } },
    rewrites: { annotations: ['bbox_y'] },
    onAnnotations(batch) {
      const [left, label, corner] = [batch.output('left'), batch.output('label'), batch.output('corner')];
      const [x, id, y] = [batch.column('bbox_x'), batch.column('id'), batch.rewrite('bbox_y')];
      left.set(x.subarray(0, batch.length));
      for (let row = 0; row < batch.length; row++) {
        y[row] = 2 * (x[row] ?? NaN);
        label[row] = `id ${id[row]}`;
        corner[row] = x.subarray(row, row + 1);
        if (isDropped(Number(id[row]))) batch.drop(row, 'thirtieth');
      }
    },
  });
  const sandbox = await openSandbox(':memory:', { plugins: [plugin], batchRows: BATCH_ROWS, commitRows: 50 });
  try {
    await sandbox.import(COCO);
    const kept = ids.filter((id) => !isDropped(id));
    const rows = await sandbox.all(
      `SELECT id::INTEGER AS id, bbox_x, bbox_y, extra->>'note' AS note, "left", label, corner
       FROM annotations JOIN plg_sieve.annotations USING (annotation_key) ORDER BY idx`,
    );
    expect(rows).toEqual(
      kept.map((id) => ({
        id,
        bbox_x: id,
        bbox_y: 2 * id,
        note: `n${id}`,
        left: id,
        label: `id ${id}`,
        corner: [id],
      })),
    );
    const drops = await sandbox.all('SELECT id::INTEGER AS id, idx FROM _datavis.plugin_drops ORDER BY idx');
    expect(drops).toEqual(ids.filter(isDropped).map((id) => ({ id, idx: id - 100 })));
  } finally {
    await sandbox.close();
  }
});
