import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openSandbox, type Sandbox } from '../../testing/sandbox.js';

// Rows of which DuckDB’s memory holds a part only: 40,000 annotations, with 3 KB of outline each.

const ROWS = 40_000;
const POINTS = 400;
let folder: string;
let sandbox: Sandbox;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'datavis-large-'));
  sandbox = await openSandbox(join(folder, 'a.duckdb'));
  const images = [1, 2, 3, 4, 5].map((id) => ({ id, file_name: `${id}.jpg` }));
  await sandbox.import({ images, annotations: [{ id: 1, image_id: 1 }], categories: [] });
  await sandbox.connection.run(
    `INSERT INTO annotations (annotation_key, dataset_key, source_key, image_key, idx, byte_offset, polygons)
     SELECT 10 + r, dataset_key, source_key, CASE WHEN r % 7 < 5 THEN 1 + r % 7 END, 10 + r, 3200 * r, [list_transform(range(${POINTS}), lambda x: sin(x * r))]
     FROM annotations, range(${ROWS}) AS n(r)`,
  );
});
afterEach(async () => {
  await sandbox.close();
  await rm(folder, { recursive: true });
});

/** Of each row, in whatever order they are. One file after the other: the memory is for the export alone. */
async function checksum(files: readonly string[]): Promise<{ readonly n: bigint; readonly sum: bigint }> {
  const total = { n: 0n, sum: 0n };
  for (const file of files) {
    const [found] = await sandbox.all<{ n: bigint; sum: bigint }>(
      `SELECT count(*) AS n, sum((hash(annotation_key, image_key, byte_offset, polygons) >> 32)::BIGINT)::BIGINT AS sum FROM ${file}`,
    );
    total.n += found?.n ?? 0n;
    total.sum += found?.sum ?? 0n;
  }
  return total;
}

test('one file holds all of them', async () => {
  const out = join(sandbox.folder, 'pq');
  await sandbox.engine.export({ dataset: 'set', format: 'parquet', out });
  expect(await checksum([`'${out}/annotations.parquet'`])).toEqual(await checksum(['annotations']));
});

test('a lake has them in parts, which are sorted by image and follow each other', async () => {
  const out = join(sandbox.folder, 'lake');
  await sandbox.engine.export({ dataset: 'set', format: 'lake', out });
  const files = `${out}/annotations/*/*/*.parquet`;
  const names = await sandbox.all<{ file: string }>(`SELECT file FROM glob('${files}')`);
  expect(await checksum(names.map(({ file }) => `'${file}'`))).toEqual(await checksum(['annotations']));
  const parts = await sandbox.all<{ part: number; first: number; last: number; rows: number; unsorted: number }>(
    `SELECT part, min(image)::INT AS first, max(image)::INT AS last, count(*)::INT AS rows,
       count(*) FILTER (before IS NOT NULL AND (image, annotation_key) < (before, key_before))::INT AS unsorted
     FROM (SELECT coalesce(image_key, 99) AS image, annotation_key,
         regexp_extract(filename, 'part-(\\d+)', 1)::INT AS part, lag(coalesce(image_key, 99)) OVER rows AS before,
         lag(annotation_key) OVER rows AS key_before
       FROM read_parquet('${files}', filename = true, file_row_number = true)
       WINDOW rows AS (PARTITION BY filename ORDER BY file_row_number)) GROUP BY part ORDER BY part`,
  );
  expect(parts.length).toBeGreaterThan(3);
  expect(parts.map(({ part }) => part)).toEqual(parts.map((_, at) => at));
  for (const [at, { first, unsorted }] of parts.entries()) {
    expect(unsorted).toBe(0);
    expect(first).toBeGreaterThan(parts[at - 1]?.last ?? 0);
  }
});
