import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startFakeGcs } from '@datavis/fake-gcs';
import type { FakeGcs } from '@datavis/fake-gcs';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { datavis, rows, start } from './datavis.js';

const makeSample = fileURLToPath(new URL('../../../../tools/sample/make-sample.mjs', import.meta.url));

let folder: string;
let sample: string;
let db: string;
let gcs: FakeGcs;

// The user's path with a dataset that stays in a bucket, over the HTTP of a Google Cloud Storage server of our own.
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'datavis-e2e-gcs-'));
  sample = join(folder, 'sample');
  db = join(folder, 'a.duckdb');
  execFileSync(process.execPath, [makeSample, sample]);
  gcs = await startFakeGcs();
  for (const entry of readdirSync(sample, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile()) gcs.put('photos', `pets/${relative(sample, path)}`, readFileSync(path));
  }
  gcs.createBucket('exports');
  process.env['STORAGE_EMULATOR_HOST'] = gcs.url;
  process.env['METADATA_SERVER_DETECTION'] = 'none';
}, 120_000);
afterAll(async () => {
  await gcs.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('a dataset in a bucket', () => {
  test('killed by SIGKILL while the bucket hangs, and gone on with by resume', async () => {
    // The third annotation file stops in the middle and never ends: the process is in an import for sure.
    gcs.faults.add({ kind: 'stall', afterBytes: 2000, name: 'pets/annotations/instances_train.json', times: 50 });
    const { child, ended } = start('import', 'gs://photos/pets', '--db', db, '--dataset', 'pets', '--json');
    await expect.poll(() => gcs.faults.used, { timeout: 60_000 }).toBeGreaterThan(0);
    child.kill('SIGKILL');
    expect((await ended).code).toBeNull();
    gcs.faults.clear();
    const { code, stdout, stderr } = await datavis('resume', '--db', db, '--json');
    expect(code, stderr).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject([{ dataset: 'pets', media: { found: 59, missing: 1 } }]);
    const counts =
      'SELECT (SELECT count(*) FROM images) AS images, (SELECT count(*) FROM annotations) AS annotations';
    const fromDisk = join(folder, 'disk.duckdb');
    await datavis('import', sample, '--db', fromDisk, '--json');
    expect(await rows(db, counts)).toEqual(await rows(fromDisk, counts));
  }, 180_000);

  test('browse and filter', async () => {
    const found = await datavis('find', 'category=bird', '--db', db, '--json', '-n', '3');
    const images = JSON.parse(found.stdout) as { file_name: string }[];
    expect(images).toHaveLength(3);
    const shown = await datavis('show', images[0]?.file_name ?? '', '--db', db, '--json');
    expect(JSON.parse(shown.stdout)).toMatchObject({
      annotations: expect.arrayContaining([expect.objectContaining({ category: 'bird' })]) as unknown,
    });
  }, 60_000);

  test('thumbnails, and pictures with their annotations on one sheet', async () => {
    const thumbs = await datavis('thumbs', '--db', db, '--json');
    expect(JSON.parse(thumbs.stdout)).toMatchObject({ total: 60, made: 59, missing: 1, failed: 0 });
    const out = join(folder, 'sheet.png');
    const made = await datavis('preview', '--db', db, '--limit', '6', '--columns', '3', '--out', out, '--json');
    expect(JSON.parse(made.stdout)).toMatchObject({ pictures: 6, missing: 0, failed: 0, out });
    const { width, format } = await sharp(out).metadata();
    expect({ width, format }).toEqual({ width: 3 * 262 + 6, format: 'png' });
    // The page holds each picture by itself.
    const page = join(folder, 'sheet.html');
    await datavis('preview', '--db', db, '--limit', '2', '--out', page, '--json');
    expect(readFileSync(page, 'utf8').match(/<img src="data:image\/webp;base64,/g)).toHaveLength(2);
  }, 120_000);

  test('export into a bucket equals what came from one; verify proves it', async () => {
    const exported = await datavis('export', '--db', db, '--out', 'gs://exports/pets', '--json');
    expect(exported.code, exported.stderr).toBe(0);
    for (const file of readdirSync(join(sample, 'annotations'))) {
      const bytes = gcs.get('exports', `pets/${file}`)?.bytes ?? Buffer.from('{}');
      expect(JSON.parse(bytes.toString())).toEqual(
        JSON.parse(readFileSync(join(sample, 'annotations', file), 'utf8')),
      );
    }
    const proof = await datavis('verify', '--db', db, '--json');
    expect(JSON.parse(proof.stdout)).toMatchObject({ equal: true });
  }, 120_000);
});
