import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDataVisError } from '@datavis/plugin-sdk';
import { openDuckDb } from '@datavis/storage/duckdb-node';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { dump } from '../../testing/dump.js';
import { openSandbox } from '../../testing/sandbox.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'datavis-disk-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A disk of its own, of so many MiB; undefined where that may not be made. */
async function smallDisk(mebibytes: number): Promise<string | undefined> {
  const disk = join(folder, 'disk');
  await mkdir(disk);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m`, 'tmpfs', disk], { stdio: 'ignore' });
    return disk;
  } catch {
    process.stderr.write('NOT RUN: a full disk needs the right to mount a small one\n');
    return undefined;
  }
}

const image = (id: number): object => ({ id, file_name: `${id}.jpg` });
/** Coordinates that do not compress: rows take their room on the disk. */
const set = (annotations: number): object => ({
  images: Array.from({ length: 100 }, (_, id) => image(id)),
  annotations: Array.from({ length: annotations }, (_, id) => ({
    id,
    image_id: id % 100,
    category_id: 1,
    bbox: [id, 0, 1, 1],
    area: 1,
    segmentation: [Array.from({ length: 24 }, (_, at) => Math.sin(id * 31 + at) * 1e5)],
  })),
  categories: [{ id: 1, name: 'cat' }],
});

test('a disk that is full: a typed error, what was stored stays, and with more room the import ends as an unbroken one', async ({
  skip,
}) => {
  const disk = await smallDisk(6);
  skip(disk === undefined, 'may not mount');
  const whole = await openSandbox();
  const options = { commitRows: 4_096, batchRows: 2_048 };
  let sandbox = await openSandbox(join(disk ?? '', 'set.duckdb'), options);
  try {
    const before = await sandbox.file('before.json', { images: [image(1)], annotations: [], categories: [] });
    await sandbox.engine.import({ sources: [before], dataset: 'before', media: false });
    const large = await sandbox.file('large.json', set(40_000));
    const request = { sources: [large], dataset: 'large', media: false };
    const error: unknown = await sandbox.engine.import(request).catch((reason: unknown) => reason);
    expect(isDataVisError(error)).toBe(true);
    expect(String(error)).toMatch(/No space left|invalidated|could not write/i);
    await sandbox.database.close().catch(() => undefined);

    execFileSync('mount', ['-o', 'remount,size=200m', disk ?? '']);
    const again = await openDuckDb(join(disk ?? '', 'set.duckdb'));
    const connection = await again.connect();
    expect(
      await connection.all(
        "SELECT count(*) AS n FROM images JOIN datasets USING (dataset_key) WHERE name = 'before'",
      ),
    ).toEqual([{ n: 1n }]);
    await connection.close();
    await again.close();
    const { folder: files } = sandbox;
    sandbox = await openSandbox(join(disk ?? '', 'set.duckdb'), options);
    await sandbox.engine.import(request);
    await whole.engine.import({ sources: [before], dataset: 'before', media: false });
    await whole.engine.import(request);
    const kept = await dump(sandbox.database);
    const expected = await dump(whole.database);
    expect(Object.keys(kept)).toEqual(Object.keys(expected));
    for (const table of Object.keys(expected)) expect([table, kept[table]]).toEqual([table, expected[table]]);
    await rm(files, { recursive: true, force: true });
  } finally {
    await sandbox.close();
    await whole.close();
    execFileSync('umount', [disk ?? '']);
  }
}, 180_000);

describe('a rename that fails', () => {
  test('of an export: a typed error, no file of ours is left', async () => {
    const sandbox = await openSandbox();
    await sandbox.import(set(10));
    await mkdir(join(folder, 'out.json'));
    await expect(sandbox.engine.export({ dataset: 'set', out: join(folder, 'out.json') })).rejects.toSatisfy(
      (error) => isDataVisError(error),
    );
    expect(await readdir(folder)).toEqual(['out.json']);
    expect(await readdir(join(folder, 'out.json'))).toEqual([]);
    await sandbox.close();
  });

  test('of an exchange of the database: the old file stays, and is open', async () => {
    const sandbox = await openSandbox(join(folder, 'set.duckdb'));
    await sandbox.import(set(10));
    await sandbox.connection.close();
    await expect(sandbox.database.file?.exchange(join(folder, 'none'))).rejects.toMatchObject({
      code: 'DATAVIS_STORAGE_EXCHANGE',
    });
    const connection = await sandbox.database.connect();
    expect(await connection.all('SELECT count(*) AS n FROM annotations')).toEqual([{ n: 10n }]);
    await connection.close();
    await sandbox.close();
  });

  test('of the lock file: the database is not opened, and not held', async () => {
    const path = join(folder, 'set.duckdb');
    await mkdir(join(folder, 'set.duckdb.lock'));
    await expect(openDuckDb(path)).rejects.toMatchObject({ code: 'DATAVIS_CATALOG_OPEN' });
    await rm(join(folder, 'set.duckdb.lock'), { recursive: true });
    await (await openDuckDb(path)).close();
  });
});
