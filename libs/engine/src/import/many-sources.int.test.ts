import { utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { dump } from '../../testing/dump.js';
import { manyFiles, writeFiles } from '../../testing/many-files.js';
import { openSandbox, type Sandbox } from '../../testing/sandbox.js';
import type { ImportResult } from './import-types.js';

// Small files go into the database in groups, with one link step. Imported in a call of its own, a file goes there alone:
// the tables must not tell one from the other.

const OPTIONS = { commitRows: 60, batchRows: 16 };

let sandbox: Sandbox;
let alone: Sandbox;
beforeEach(async () => {
  sandbox = await openSandbox(':memory:', OPTIONS);
  alone = await openSandbox(':memory:', OPTIONS);
});
afterEach(async () => {
  await sandbox.close();
  await alone.close();
});

const call = (sources: readonly string[]) => ({ sources, dataset: 'set', media: false });
const folder = () => join(sandbox.folder, 'many');
const states = () => sandbox.all('SELECT state, count(*)::INTEGER AS n FROM sources GROUP BY ALL ORDER BY ALL');

describe('acceptance 6: many small files in one call leave what they leave one after the other', () => {
  test.each([1, 2, 3])('files of seed %i', async (seed) => {
    const paths = await writeFiles(folder(), manyFiles(30, seed));
    const together = await sandbox.engine.import(call([`${folder()}/**/*.json`]));
    const results: ImportResult[] = [];
    for (const path of paths) results.push(await alone.engine.import(call([path])));

    expect(together.sources).toEqual(results.flatMap(({ sources }) => sources));
    // The dataset's folder is that of its first call.
    const without = ['root_uri'];
    expect(await dump(sandbox.database, { without })).toEqual(await dump(alone.database, { without }));
    const sum = (of: 'read' | 'imported' | 'refused' | 'findings') => {
      const all: Record<string, number> = {};
      for (const result of results) {
        for (const [name, n] of Object.entries(result[of])) all[name] = (all[name] ?? 0) + n;
      }
      return all;
    };
    for (const of of ['read', 'imported', 'refused', 'findings'] as const) expect(together[of]).toEqual(sum(of));
    expect(await sandbox.count('splits')).toBe(2);
    expect((await sandbox.count('incoming_images')) + (await sandbox.count('incoming_categories'))).toBe(0);
  });

  test('with a promoted field, and beside files that are too large for a group', async () => {
    const files = {
      ...manyFiles(12, 5),
      '0/005_train_large.json': {
        images: Array.from({ length: 100 }, (_, id) => ({ id, file_name: `${id}.jpg`, taken: id })),
        annotations: [],
        categories: [],
      },
    };
    const first = { images: [{ id: 1, file_name: '1.jpg', taken: 7 }], annotations: [], categories: [] };
    const paths = await writeFiles(folder(), files);
    for (const one of [sandbox, alone]) {
      await writeFiles(one.folder, { 'first.json': first });
      await one.engine.import(call([join(one.folder, 'first.json')]));
      await one.engine.promoteField({ table: 'images', field: 'taken' });
    }
    await sandbox.engine.import(call([`${folder()}/**/*.json`]));
    for (const path of paths) await alone.engine.import(call([path]));
    const without = ['uri', 'root_uri', 'version', 'cursor'];
    expect(await dump(sandbox.database, { without })).toEqual(await dump(alone.database, { without }));
    expect(await sandbox.count('images WHERE x_taken IS NOT NULL')).toBeGreaterThan(100);
  });

  test('a file that is named twice is imported once', async () => {
    const [path = ''] = await writeFiles(folder(), manyFiles(1));
    const { sources } = await sandbox.engine.import(call([path, path]));
    expect(sources.map(({ state }) => state)).toEqual(['imported', 'unchanged']);
    expect(await sandbox.count('sources')).toBe(1);
  });
});

describe('acceptance 46: many small files again', () => {
  test('nothing is written; versions of files that were only touched are noted', async () => {
    const paths = await writeFiles(folder(), manyFiles(30));
    await sandbox.engine.import(call([`${folder()}/**/*.json`]));
    const before = await dump(sandbox.database);
    const again = await sandbox.engine.import(call([`${folder()}/**/*.json`]));
    expect(again.sources.map(({ state }) => state)).toEqual(paths.map(() => 'unchanged'));
    expect(again.sources.map(({ run }) => run)).toEqual(paths.map((_, at) => at + 1));
    expect(await dump(sandbox.database)).toEqual(before);

    for (const path of paths.slice(0, 10)) await utimes(path, new Date(), new Date('2031-01-01'));
    const touched = await sandbox.engine.import(call([`${folder()}/**/*.json`]));
    expect(new Set(touched.sources.map(({ state }) => state))).toEqual(new Set(['unchanged']));
    const after = await dump(sandbox.database);
    expect(after['sources']).not.toEqual(before['sources']);
    expect({ ...after, sources: [] }).toEqual({ ...before, sources: [] });
    // The versions are known now: checksums are not asked for any more.
    await sandbox.connection.run(`UPDATE sources SET checksum = 'crc32:1:0'`);
    const known = await sandbox.engine.import(call([`${folder()}/**/*.json`]));
    expect(new Set(known.sources.map(({ state }) => state))).toEqual(new Set(['unchanged']));
  });

  test('of those that changed, and those that came, only they are imported', async () => {
    const files = manyFiles(20);
    const paths = await writeFiles(folder(), files);
    await sandbox.engine.import(call([`${folder()}/**/*.json`]));
    await writeFile(paths[3] ?? '', JSON.stringify({ images: [{ id: 77, file_name: '77.jpg' }], annotations: [] }));
    await writeFiles(folder(), {
      '9/900_train.json': { images: [], annotations: [] },
      '9/901_train.json': Object.values(files)[0],
    });
    const { sources } = await sandbox.engine.import(call([`${folder()}/**/*.json`]));
    expect(sources.map(({ state }) => state)).toEqual([
      ...paths.map((_, at) => (at === 3 ? 'changed' : 'unchanged')),
      'imported',
      'imported',
    ]);
    expect(await states()).toEqual([{ n: 22, state: 'done' }]);
  });
});

describe('one file among many that cannot be read', () => {
  const failing = async (text: string) => {
    const paths = await writeFiles(folder(), manyFiles(20));
    await alone.engine.import(call([`${folder()}/**/*.json`]));
    const at = paths[11] ?? '';
    const good = JSON.stringify(manyFiles(20)[at.slice(folder().length + 1)]);
    await writeFile(at, text === '' ? good.slice(0, -20) : text);
    const error: unknown = await sandbox.engine
      .import(call([`${folder()}/**/*.json`]))
      .catch((reason: unknown) => reason);
    return { error, at, good };
  };
  const without = ['version', 'cursor'];

  test('bad JSON: a typed error with its place; the files before it stay, and nothing of it', async () => {
    const { error, at, good } = await failing('{"images": [{"id": }]}');
    const uri = pathToFileURL(at).href;
    expect(error).toMatchObject({ code: 'DATAVIS_INGEST_SYNTAX', place: { uri, byteOffset: 19 } });
    expect(await states()).toEqual([{ n: 11, state: 'done' }]);
    expect(await sandbox.count('ingest_runs')).toBe(11);

    await writeFile(at, good);
    await sandbox.engine.import(call([`${folder()}/**/*.json`]));
    expect(await states()).toEqual([{ n: 20, state: 'done' }]);
    const repaired = await dump(sandbox.database, { without });
    await expect(sandbox.engine.verify({ dataset: 'set' })).resolves.toMatchObject({ equal: true });
    expect(repaired).toEqual(await dump(alone.database, { without }));
  });

  test('a truncated file stays as a part, and is gone on with', async () => {
    const { error, at, good } = await failing('');
    expect(error).toMatchObject({ code: 'DATAVIS_INGEST_TRUNCATED' });
    expect(await states()).toEqual([
      { state: 'done', n: 11 },
      { state: 'partial', n: 1 },
    ]);
    await writeFile(at, good);
    const { sources } = await sandbox.engine.import(call([`${folder()}/**/*.json`]));
    expect(sources.map(({ state }) => state)).toEqual([
      ...Array<string>(11).fill('unchanged'),
      'resumed',
      ...Array<string>(8).fill('imported'),
    ]);
    expect(await dump(sandbox.database, { without })).toEqual(await dump(alone.database, { without }));
  });
});

test('aborted among many small files, what was read is stored, and the next import goes on', async () => {
  await writeFiles(folder(), manyFiles(40));
  await alone.engine.import(call([`${folder()}/**/*.json`]));
  const controller = new AbortController();
  const reason = new Error('enough');
  const onProgress = ({ source }: { readonly source: number }): void => {
    // A group was stored, and the next one has begun.
    if (source > 12) controller.abort(reason);
  };
  await expect(
    sandbox.engine.import(call([`${folder()}/**/*.json`]), { signal: controller.signal, onProgress }),
  ).rejects.toBe(reason);
  const stored = await sandbox.count('sources');
  expect(stored).toBeGreaterThan(0);
  expect(stored).toBeLessThan(40);
  await sandbox.engine.import(call([`${folder()}/**/*.json`]));
  expect(await dump(sandbox.database)).toEqual(await dump(alone.database));
});
