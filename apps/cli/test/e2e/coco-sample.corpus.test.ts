import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeCorpus } from '@datavis/test-kit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { datavis, rows } from './datavis.js';

describeCorpus('real photos by the command line', (corpus) => {
  let folder: string;
  let db: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'datavis-e2e-corpus-'));
    db = join(folder, 'a.duckdb');
  });
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  test('29 images have one row each; instances, person keypoints and captions are all there', async () => {
    const { code, stdout } = await datavis('import', join(corpus, 'coco-sample'), '--db', db, '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ read: { images: 87, annotations: 302 + 68 + 145 } });
    expect(
      await rows(
        db,
        `SELECT (SELECT count(*) FROM images) AS images, count(*) FILTER (keypoints IS NOT NULL) AS keypoints,
           count(*) FILTER (caption IS NOT NULL) AS captions,
           count(*) FILTER (caption IS NULL AND keypoints IS NULL) AS instances FROM annotations`,
      ),
    ).toEqual([{ images: 29, keypoints: 68, captions: 145, instances: 302 }]);
  }, 120_000);

  test('each of the 29 has a thumbnail', async () => {
    const { code, stdout } = await datavis('thumbs', '--db', db, '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ total: 29, made: 29, missing: 0, failed: 0 });
  }, 120_000);
});
