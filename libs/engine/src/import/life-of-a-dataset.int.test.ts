import { appendFile, utimes, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { dump } from '../../testing/dump.js';
import { openSandbox, type Sandbox } from '../../testing/sandbox.js';

let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = await openSandbox(':memory:', { commitRows: 4, batchRows: 2 });
});
afterEach(() => sandbox.close());

const image = (id: number, more = {}) => ({ id, file_name: `${id}.jpg`, width: 640, height: 480, ...more });
const box = (id: number, imageId: number, more = {}) => ({
  id,
  image_id: imageId,
  category_id: 1,
  bbox: [id, 1, 10, 10],
  area: 100,
  iscrowd: 0,
  ...more,
});
const categories = [{ id: 1, name: 'cat', supercategory: 'animal' }];
const images = Array.from({ length: 9 }, (_, at) => image(at + 1));
const annotations = Array.from({ length: 21 }, (_, at) => box(at + 1, (at % 9) + 1));
const coco = { info: { year: 2026 }, images, annotations, categories };

test('acceptance 46: the same import twice writes nothing, and says so', async () => {
  await sandbox.import(coco);
  const before = await dump(sandbox.database);
  const again = await sandbox.engine.import({
    sources: [`${sandbox.folder}/set.json`],
    dataset: 'set',
    media: false,
  });
  expect(again.sources.map(({ state }) => state)).toEqual(['unchanged']);
  expect(again.read).toEqual({});
  expect(await dump(sandbox.database)).toEqual(before);
});

test('acceptance 46: a touched file that says the same is unchanged, and stays so at once', async () => {
  await sandbox.import(coco);
  const [{ checksum, version } = {}] = await sandbox.all('SELECT checksum, version FROM sources');
  const path = await sandbox.file('set.json', coco);
  await utimes(path, new Date(), new Date('2030-01-01'));
  const before = await dump(sandbox.database, { without: ['version'] });
  const again = (): Promise<string[]> =>
    sandbox.engine
      .import({ sources: [path], dataset: 'set', media: false })
      .then(({ sources }) => sources.map(({ state }) => state));
  expect(await again()).toEqual(['unchanged']);
  expect(await dump(sandbox.database, { without: ['version'] })).toEqual(before);
  expect(
    await sandbox.all(
      'SELECT checksum, version <> $old AS moved FROM sources'.replace('$old', `'${String(version)}'`),
    ),
  ).toEqual([{ checksum, moved: true }]);
  // Now the version is known: the bytes do not count any more.
  await sandbox.connection.run("UPDATE sources SET checksum = 'crc32:1:0'");
  expect(await again()).toEqual(['unchanged']);
});

test('acceptance 46: a change in the middle that keeps the size is noticed by the checksum of all bytes', async () => {
  const far = { ...coco, notes: 'x'.repeat(100_000), tail: 'one' };
  await sandbox.import(far);
  const result = await sandbox.import({ ...far, tail: 'two' });
  expect(result.sources.map(({ state }) => state)).toEqual(['changed']);
});

describe('acceptance 46: of a changed file only the difference is applied, and reported', () => {
  const next = {
    info: { year: 2027 },
    images: [...images.slice(0, 3), image(4, { width: 641 }), ...images.slice(4, 8), image(10)],
    annotations: [
      ...annotations.slice(1, 10),
      box(11, 2, { bbox: [0, 0, 5, 5] }),
      ...annotations.slice(11),
      box(99, 10),
      box(98, 1),
    ],
    categories: [...categories, { id: 2, name: 'dog', supercategory: 'animal' }],
  };

  test('what stays keeps its keys, what is new gets new ones', async () => {
    await sandbox.import(coco);
    const keys = (table: string, key: string): string =>
      `SELECT id, ${key} AS key FROM ${table} WHERE id <= 21 ORDER BY id`;
    const before = {
      images: await sandbox.all(keys('images', 'image_key')),
      annotations: await sandbox.all(keys('annotations', 'annotation_key')),
    };
    const result = await sandbox.import(next);
    expect(result.sources).toMatchObject([
      {
        state: 'changed',
        difference: {
          images: { added: 1, removed: 1, changed: 1 },
          annotations: { added: 2, removed: 1, changed: 1 },
          categories: { added: 1, removed: 0, changed: 0 },
        },
      },
    ]);
    const after = await sandbox.all<{ id: bigint; key: bigint }>(keys('annotations', 'annotation_key'));
    expect(after).toEqual(before.annotations.filter(({ id }) => id !== 1n));
    const kept = await sandbox.all<{ id: bigint; key: bigint }>(keys('images', 'image_key'));
    expect(kept.filter(({ id }) => id < 9n)).toEqual(before.images.filter(({ id }) => (id as bigint) < 9n));
    expect(await sandbox.all('SELECT width FROM images WHERE id = 4')).toEqual([{ width: 641 }]);
    expect(await sandbox.all('SELECT id, annotation_key FROM annotations WHERE id > 21 ORDER BY id DESC')).toEqual([
      { id: 99n, annotation_key: 22n },
      { id: 98n, annotation_key: 23n },
    ]);
    expect(await sandbox.count('sources')).toBe(1);
    expect(await sandbox.count('annotations WHERE (image_key IS NULL) <> (image_id = 9) OR source_key <> 1')).toBe(
      0,
    );
    expect(await sandbox.count('source_images WHERE differs')).toBe(0);
  });

  test('of every section the exact numbers, also of those that are one value or unknown', async () => {
    const licenses = (...names: string[]): object[] => names.map((name, id) => ({ id, name }));
    const none = { added: 0, removed: 0, changed: 0 };
    const first = { ...coco, licenses: licenses('a', 'b'), note: 'x', gone: 1, videos: [{ id: 1 }, { id: 2 }] };
    await sandbox.import(first);
    const { gone, ...rest } = first;
    expect(gone).toBe(1);
    const second = {
      ...rest,
      info: { year: 2027 },
      note: null,
      licenses: licenses('a', 'c', 'd'),
      videos: [{ id: 1 }],
      come: {},
    };
    const result = await sandbox.import(second);
    expect(result.sources[0]?.difference).toEqual({
      images: none,
      annotations: none,
      categories: none,
      // A licence, `come`; a video, `gone`; a licence, `info`, `note`.
      records: { added: 2, removed: 2, changed: 3 },
    });
    const renamed = await sandbox.import({
      ...second,
      categories: [{ ...categories[0], name: 'lynx' }],
      images: [{ ...images[0], file_name: 'renamed.jpg' }, ...images.slice(1)],
    });
    // Another name is another picture, and another category; their annotations say what they said.
    expect(renamed.sources[0]?.difference).toEqual({
      images: { added: 1, removed: 1, changed: 0 },
      annotations: none,
      categories: { added: 1, removed: 1, changed: 0 },
      records: none,
    });
    expect(await sandbox.count('annotations WHERE image_key IS NULL OR category_key IS NULL')).toBe(0);
    const linked =
      await sandbox.all(`SELECT DISTINCT file_name, name FROM annotations a JOIN images i USING (image_key)
      JOIN categories c USING (category_key) WHERE image_id = 1`);
    expect(linked).toEqual([{ file_name: 'renamed.jpg', name: 'lynx' }]);
  });

  test('the tables say the same as after a first import of the new file', async () => {
    await sandbox.import(coco);
    await sandbox.import(next);
    const other = await openSandbox();
    try {
      await other.import(next);
      // Keys of what stayed are older; uri and version name the file.
      const without = [
        'annotation_key',
        'image_key',
        'category_key',
        'run_key',
        'uri',
        'root_uri',
        'version',
        'cursor',
      ];
      const [one, two] = [await dump(sandbox.database, { without }), await dump(other.database, { without })];
      // History that a first import does not have.
      const history = { ingest_runs: [], key_sequences: [] };
      expect({ ...one, ...history }).toEqual({ ...two, ...history });
    } finally {
      await other.close();
    }
  });

  test('another file that lists the same images keeps its own words', async () => {
    await sandbox.import(coco, { name: 'instances.json' });
    const captions = { images, annotations: [{ id: 1, image_id: 4, caption: 'x' }] };
    await sandbox.import(captions, { name: 'captions.json' });
    expect(await sandbox.count('images')).toBe(9);
    await sandbox.import(next, { name: 'instances.json' });
    expect(await sandbox.count('images')).toBe(10);
    expect(
      await sandbox.all(
        `SELECT s.source_key, CASE WHEN s.differs THEN s.width ELSE i.width END AS width
         FROM source_images s JOIN images i USING (image_key) WHERE i.id = 4 ORDER BY ALL`,
      ),
    ).toEqual([
      { source_key: 1n, width: 641 },
      { source_key: 2n, width: 640 },
    ]);
    expect(await sandbox.count('annotations WHERE (image_key IS NULL) <> (image_id = 9)')).toBe(0);
  });

  test('an edit that keeps size and time is noticed by the head of the file', async () => {
    await sandbox.import(coco);
    const path = `${sandbox.folder}/set.json`;
    await utimes(path, 1_700_000_000, 1_700_000_000);
    await sandbox.engine.import({ sources: [path], dataset: 'set', media: false });
    await writeFile(path, JSON.stringify({ ...coco, info: { year: 2030 } }));
    await utimes(path, 1_700_000_000, 1_700_000_000);
    const result = await sandbox.engine.import({ sources: [path], dataset: 'set', media: false });
    expect(result.sources).toMatchObject([{ state: 'changed', difference: { annotations: { changed: 0 } } }]);
  });

  test('a new version that is malformed leaves the old rows as they were', async () => {
    await sandbox.import(coco);
    const before = await dump(sandbox.database);
    const text = JSON.stringify(next);
    await expect(sandbox.import(`${text.slice(0, -40)}}}}`)).rejects.toMatchObject({
      code: 'DATAVIS_INGEST_SYNTAX',
    });
    expect(await dump(sandbox.database)).toEqual(before);
  });
});

describe('acceptance 11: a truncated file stays as a partial import', () => {
  const text = JSON.stringify(coco);
  const cut = text.indexOf('"id":15,');

  test('the error names the place, and the repaired file is gone on with', async () => {
    await expect(sandbox.import(text.slice(0, cut))).rejects.toMatchObject({
      code: 'DATAVIS_INGEST_TRUNCATED',
      place: { section: 'annotations' },
    });
    expect(await sandbox.count('annotations')).toBe(14);
    expect(await sandbox.all('SELECT state FROM ingest_runs')).toEqual([{ state: 'paused' }]);
    await appendFile(`${sandbox.folder}/set.json`, text.slice(cut));
    const result = await sandbox.engine.import({
      sources: [`${sandbox.folder}/set.json`],
      dataset: 'set',
      media: false,
    });
    expect(result.sources).toMatchObject([{ state: 'resumed', run: 1 }]);
    const whole = await openSandbox();
    await whole.import(coco);
    const without = ['uri', 'root_uri', 'version', 'cursor'];
    expect(await dump(sandbox.database, { without })).toEqual(await dump(whole.database, { without }));
    await whole.close();
  });

  test('another file under the same name is read from its start', async () => {
    await expect(sandbox.import(text.slice(0, cut))).rejects.toMatchObject({ code: 'DATAVIS_INGEST_TRUNCATED' });
    const other = { ...coco, info: { year: 1999 } };
    const result = await sandbox.import(other);
    expect(result.sources).toMatchObject([{ state: 'imported' }]);
    expect(await sandbox.count('annotations')).toBe(21);
    expect(await sandbox.count('sources')).toBe(1);
  });

  test('an empty file leaves nothing', async () => {
    await expect(sandbox.import('')).rejects.toThrow();
    for (const table of ['datasets', 'sources', 'splits', 'ingest_runs'])
      expect(await sandbox.count(table)).toBe(0);
  });
});

test('acceptance 45: an abort is a clean pause at a cursor, and the next import ends as an unbroken one', async () => {
  // Long enough for several progress events, which come ten times a second.
  const many = Array.from({ length: 2000 }, (_, at) => box(at + 1, (at % 9) + 1));
  const least = '{"id":-9223372036854775808,"file_name":"least.jpg","width":1,"height":1}';
  const text = JSON.stringify({ ...coco, annotations: many }).replace('"images":[', `"images":[${least},`);
  const path = await sandbox.file('set.json', text);
  const controller = new AbortController();
  const request = { sources: [path], dataset: 'set', media: false };
  const aborted = sandbox.engine.import(request, {
    signal: controller.signal,
    onProgress: ({ read }) => {
      if ((read.images ?? 0) > 0) controller.abort();
    },
  });
  await expect(aborted).rejects.toMatchObject({ name: 'AbortError' });
  expect(await sandbox.all('SELECT state FROM ingest_runs')).toEqual([{ state: 'paused' }]);
  expect(await sandbox.count('source_images')).toBeGreaterThan(0);
  await sandbox.engine.import(request);
  const whole = await openSandbox();
  await whole.engine.import(request);
  expect(await dump(sandbox.database)).toEqual(await dump(whole.database));
  await whole.close();
});

test('a large malformed file, of which parts were committed, leaves the database as it was', async () => {
  const before = await dump(sandbox.database);
  const text = JSON.stringify(coco).replace('"id":20,', '"id":2x0,');
  await expect(sandbox.import(text)).rejects.toMatchObject({
    code: 'DATAVIS_INGEST_SYNTAX',
    place: { byteOffset: text.indexOf('2x0') + 1 },
  });
  expect(await dump(sandbox.database)).toEqual(before);
});
