import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startFakeGcs } from '@datavis/fake-gcs';
import type { FakeGcs } from '@datavis/fake-gcs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { datavis, start } from './datavis.js';

let folder: string;
let gcs: FakeGcs;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'datavis-e2e-interrupt-'));
  gcs = await startFakeGcs();
  process.env['STORAGE_EMULATOR_HOST'] = gcs.url;
  process.env['METADATA_SERVER_DETECTION'] = 'none';
});
afterAll(async () => {
  await gcs.close();
  rmSync(folder, { recursive: true, force: true });
});

test.each(['SIGINT', 'SIGTERM'] as const)(
  '%s pauses an import: exit code 130, and how to go on',
  async (signal) => {
    const bucket = signal.toLowerCase();
    const coco = {
      images: Array.from({ length: 2000 }, (_, id) => ({ id, file_name: `${id}.jpg`, width: 1, height: 1 })),
      annotations: [],
      categories: [],
    };
    gcs.put(bucket, 'a.json', Buffer.from(JSON.stringify(coco)));
    gcs.faults.add({ kind: 'stall', afterBytes: 30_000, name: 'a.json', times: 50 });
    const db = join(folder, `${bucket}.duckdb`);
    const used = gcs.faults.used;
    const { child, ended } = start('import', `gs://${bucket}/a.json`, '--db', db, '--no-media');
    await expect.poll(() => gcs.faults.used, { timeout: 60_000 }).toBeGreaterThan(used);
    child.kill(signal);
    const { code, stderr } = await ended;
    expect(code, stderr).toBe(130);
    expect(stderr).toContain('Paused. What was read is kept: datavis resume');
    gcs.faults.clear();
    const resumed = await datavis('resume', '--db', db, '--json');
    expect(resumed.code, resumed.stderr).toBe(0);
    expect(JSON.parse(resumed.stdout)).toMatchObject([{ imported: { images: 2000 } }]);
  },
  180_000,
);

test('a second one ends it at once, in the middle of a commit too, and resume goes on', async () => {
  const file = join(folder, 'large.json');
  const annotation = `"image_id":1,"category_id":1,"bbox":[1,2,3,4],"segmentation":[[${Array(60).fill('12.5').join()}]]`;
  const annotations = Array.from({ length: 150_000 }, (_, id) => `{"id":${id},${annotation}}`);
  writeFileSync(
    file,
    `{"images":[{"id":1,"file_name":"a.jpg"}],"categories":[{"id":1,"name":"a"}],"annotations":[${annotations.join()}]}`,
  );
  for (const laterMs of [0, 60, 120]) {
    const db = join(folder, `twice-${laterMs}.duckdb`);
    const { child, ended } = start('import', file, '--db', db, '--no-media');
    const size = (): number => statSync(`${db}.wal`, { throwIfNoEntry: false })?.size ?? 0;
    await expect.poll(size, { timeout: 60_000, interval: 5 }).toBeGreaterThan(0);
    await new Promise((resolve) => setTimeout(resolve, laterMs));
    child.stderr?.once('data', () => child.kill('SIGINT'));
    child.kill('SIGINT');
    const stuck = setTimeout(() => child.kill('SIGKILL'), 30_000);
    await ended;
    clearTimeout(stuck);
    expect(child.signalCode).not.toBe('SIGKILL');
    const again = await datavis('import', file, '--db', db, '--no-media', '--json');
    expect(again.code, again.stderr).toBe(0);
    const stored = await datavis('query', 'SELECT count(*) AS n FROM annotations', '--db', db, '--json');
    expect(JSON.parse(stored.stdout)).toEqual([{ n: 150_000 }]);
  }
}, 180_000);

test.each(['csv', 'parquet'])(
  'a query that is interrupted leaves no part of a %s file',
  async (form) => {
    const db = join(folder, 'query.duckdb');
    const source = join(folder, 'small.json');
    writeFileSync(
      source,
      JSON.stringify({ images: [{ id: 1, file_name: 'a.jpg' }], annotations: [], categories: [] }),
    );
    expect((await datavis('import', source, '--db', db, '--no-media')).code).toBe(0);
    const out = join(folder, `rows.${form}`);
    const sql = 'SELECT i, random() AS r FROM range(100000000000) t(i)';
    const { child, ended } = start('query', sql, '--db', db, '--out', out);
    const size = (): number => statSync(`${out}.part`, { throwIfNoEntry: false })?.size ?? 0;
    await expect.poll(size, { timeout: 60_000, interval: 20 }).toBeGreaterThan(0);
    child.kill('SIGTERM');
    const { code, stderr } = await ended;
    expect(code, stderr).toBe(130);
    expect(readdirSync(folder).filter((name) => name.startsWith('rows'))).toEqual([]);
  },
  120_000,
);
