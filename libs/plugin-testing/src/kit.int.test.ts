import { definePlugin } from '@datavis/plugin-sdk';
import { describe, expect, it, test } from 'vitest';
import { z } from 'zod';
import { conformance } from './conformance/conformance.js';
import { cocoFixture } from './fixture.js';
import { createTestHost } from './test-host.js';
import { testPlugin } from './test-plugin.js';

const boxStats = definePlugin({
  name: 'box-stats',
  version: '1.0.0',
  config: z.object({ minArea: z.number().min(0).default(0) }),
  columns: { annotations: { area_px: 'f32', aspect: 'f64' }, categories: { upper: 'utf8' } },
  migrations: [{ id: '001', up: 'CREATE TABLE notes (id BIGINT)' }],
  onAnnotations(batch, run) {
    const [width, height] = [batch.column('bbox_w'), batch.column('bbox_h')];
    const [area, aspect] = [batch.output('area_px'), batch.output('aspect')];
    for (let row = 0; row < batch.length; row++) {
      const [w, h] = [width[row] ?? NaN, height[row] ?? NaN];
      area[row] = w * h;
      aspect[row] = h === 0 ? NaN : w / h;
      if (w * h < run.config.minArea) batch.drop(row, 'too-small');
      if (h === 0) batch.report(row, { code: 'no-height', message: 'the box has no height' });
    }
  },
  onCategories(batch) {
    const upper = batch.output('upper');
    batch.forEach(({ name }, row) => void (upper[row] = name?.toUpperCase() ?? null));
  },
});

describe('a sound plugin', () => {
  conformance(boxStats, {}, { describe, it });

  testPlugin(
    boxStats,
    [
      {
        name: 'columns, drops, findings',
        options: { minArea: 10 },
        given: {
          images: [{ id: 1, file_name: 'a.jpg' }],
          annotations: [
            { id: 1, image_id: 1, category_id: 1, bbox: [0, 0, 4, 5] },
            { id: 2, image_id: 1, category_id: 1, bbox: [0, 0, 3, 3] },
            { id: 9007199254740993n, image_id: 1, category_id: 1 },
          ],
          categories: [{ id: 1, name: 'cat' }],
        },
        expect: {
          annotations: [
            { id: 1, area_px: 20, aspect: 0.8 },
            { id: 9007199254740993n, area_px: null },
          ],
          categories: [{ name: 'cat', upper: 'CAT' }],
          dropped: { 'box_stats/too-small': 1 },
          findings: [],
        },
      },
      {
        name: 'findings',
        given: { annotations: [{ id: 1, image_id: 1, category_id: 1, bbox: [0, 0, 4, 0] }] },
        expect: { findings: [{ code: 'box_stats/no-height', severity: 'warning' }] },
      },
    ],
    { describe, it },
  );
});

describe('createTestHost', () => {
  test('a failing plugin is in the result, with its name', async () => {
    const bad = definePlugin({
      name: 'bad',
      onImages() {
        throw new Error('boom');
      },
    });
    const host = await createTestHost({ plugins: [bad] });
    const run = await host.ingest(cocoFixture());
    expect(run).toMatchObject({ ok: false, error: { code: 'DATAVIS_PLUGIN_HOOK_FAILED', plugin: 'bad' } });
    expect(await host.sql('SELECT count(*) AS n FROM images')).toEqual([{ n: 0n }]);
    await host.close();
  });

  test('read = imported + refused, also with drops', async () => {
    const host = await createTestHost({ plugins: [[boxStats, { options: { minArea: 50_000 } }]] });
    const run = await host.ingest(cocoFixture({ images: 50 }));
    const { read = {}, imported = {}, refused = {} } = run.result ?? {};
    expect(refused.annotations).toBeGreaterThan(0);
    expect(read.annotations).toBe((imported.annotations ?? 0) + (refused.annotations ?? 0));
    expect(run.dropped['box_stats/too-small']).toBe(refused.annotations);
    expect(run.result?.findings['box_stats/too-small']).toBe(refused.annotations);
    expect(await run.rows('annotations')).toHaveLength(imported.annotations ?? -1);
    await host.close();
  });
});
