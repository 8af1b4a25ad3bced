import { appendFile } from 'node:fs/promises';
import { readCoco } from '@datavis/ingest-coco';
import { Catalog } from '@datavis/storage';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openSandbox, type Sandbox } from '../../testing/sandbox.js';

// Images become rows as they are read, and annotations get keys at once. Here is where that guess must give way.

const SPEC = {
  dataset: 'd',
  rootUri: 'memory:///',
  split: null,
  uri: 'memory:///a.json',
  kind: null,
  version: '1',
  headChecksum: '',
  storeChecksum: null,
  settings: '{}',
  media: null,
  masksPrefix: null,
};

let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = await openSandbox(':memory:', { commitRows: 4, batchRows: 2 });
});
afterEach(() => sandbox.close());

const image = (id: number | string, name = `${id}.jpg`) => ({ id, file_name: name, width: 640, height: 480 });
const box = (id: number, imageId: number | string) => ({
  id,
  image_id: imageId,
  category_id: 1,
  bbox: [id, 1, 10, 10],
  area: 100,
  iscrowd: 0,
});
const categories = [{ id: 1, name: 'cat' }];
const linked = () =>
  sandbox.all(
    `SELECT a.id::INTEGER AS id, i.file_name, a.image_ambiguous AS ambiguous
     FROM annotations a LEFT JOIN images i USING (image_key) ORDER BY a.source_key, a.idx`,
  );

test('a file that was paused while another file of its split came is merged with it', async () => {
  const ids = Array.from({ length: 9 }, (_, at) => at + 1);
  const first = JSON.stringify({
    images: [...ids, 9].map((id) => image(id)),
    annotations: ids.map((id) => box(id, id)),
    categories,
  });
  const cut = first.indexOf('"id":7,');
  await sandbox.file('a_train.json', first.slice(0, cut));
  const call = (name: string) => ({
    sources: [`${sandbox.folder}/${name}`],
    dataset: 'd',
    split: 's',
    media: false,
  });
  await expect(sandbox.engine.import(call('a_train.json'))).rejects.toMatchObject({
    code: 'DATAVIS_INGEST_TRUNCATED',
  });
  const paused = await sandbox.count('images');
  expect(paused).toBeGreaterThan(0);

  await sandbox.file('b_train.json', { images: [image(2), image(20)], annotations: [box(100, 2)], categories });
  await sandbox.engine.import(call('b_train.json'));
  expect(await sandbox.count('images')).toBeGreaterThan(paused);

  await appendFile(`${sandbox.folder}/a_train.json`, first.slice(cut));
  const { sources } = await sandbox.engine.import(call('a_train.json'));
  expect(sources).toMatchObject([{ state: 'resumed' }]);
  expect(await sandbox.count('incoming_images')).toBe(0);
  // The image that comes twice in one file is two rows; 20 is the other file's.
  expect(await sandbox.all('SELECT file_name FROM images ORDER BY id, image_key')).toEqual(
    [...ids, 9, 20].map((id) => ({ file_name: `${id}.jpg` })),
  );
  expect(
    await sandbox.all('SELECT count(*)::INTEGER AS n FROM source_images GROUP BY source_key ORDER BY n'),
  ).toEqual([{ n: 2 }, { n: 10 }]);
  expect(await linked()).toEqual([
    ...ids.map((id) => ({ id, file_name: id === 9 ? null : `${id}.jpg`, ambiguous: id === 9 ? true : null })),
    { id: 100, file_name: '2.jpg', ambiguous: null },
  ]);
});

test('an id that a second section of images gives again belongs to none of them', async () => {
  const section = (name: string, records: readonly unknown[]) =>
    `${JSON.stringify(name)}:${JSON.stringify(records)}`;
  await sandbox.import(
    `{${[
      section('images', [image(1), image(2)]),
      section('annotations', [box(1, 1), box(2, 2), box(3, 3)]),
      section('images', [image(2, 'other.jpg'), image(3)]),
      section('categories', categories),
    ].join()}}`,
  );
  expect(await linked()).toEqual([
    { id: 1, file_name: '1.jpg', ambiguous: null },
    { id: 2, file_name: null, ambiguous: true },
    { id: 3, file_name: '3.jpg', ambiguous: null },
  ]);
});

test('ids that are texts join by their digits, and may make a number ambiguous', async () => {
  await sandbox.import({
    images: [image(1), image('2'), image(3), image('3', 'text.jpg'), image(2 ** 40)],
    annotations: [box(1, '1'), box(2, 2), box(3, 3), box(4, 2 ** 40), box(5, 77)],
    categories,
  });
  expect(await linked()).toEqual([
    { id: 1, file_name: '1.jpg', ambiguous: null },
    { id: 2, file_name: '2.jpg', ambiguous: null },
    { id: 3, file_name: null, ambiguous: true },
    { id: 4, file_name: `${2 ** 40}.jpg`, ambiguous: null },
    { id: 5, file_name: null, ambiguous: null },
  ]);
});

test('categories that stand at the end of a large file are foretold; what was foretold wrongly is put right', async () => {
  const records = [1, 2, 3].map((id) => ({ ...box(id, 1), category_id: id }));
  const large = (...sections: string[]) => `{"pad":"${'x'.repeat(9 << 20)}",${sections.join()}}`;
  const named = (id: number, name: string) => ({ id, name });
  const body = `"images":${JSON.stringify([image(1)])},"annotations":${JSON.stringify(records)}`;
  const last = `"categories":${JSON.stringify([named(3, 'c'), named(2, 'b')])}`;
  const joined = () =>
    sandbox.all(`SELECT a.category_id::INTEGER AS id, name, category_key::INTEGER AS key
      FROM annotations a LEFT JOIN categories USING (category_key) WHERE a.source_key = (SELECT max(source_key) FROM sources)
      ORDER BY a.idx`);
  await sandbox.import(large(body, last), { dataset: 'one' });
  expect(await joined()).toEqual([
    { id: 1, name: null, key: null },
    { id: 2, name: 'b', key: 2 },
    { id: 3, name: 'c', key: 1 },
  ]);
  // Foretold from the last section alone, which is the second of that name.
  const earlier = `"categories":${JSON.stringify([named(1, 'a')])}`;
  await sandbox.import(large(`"categories":[]`, body, earlier, last), { dataset: 'two', name: 'two.json' });
  expect(await joined()).toEqual([
    { id: 1, name: 'a', key: 3 },
    { id: 2, name: 'b', key: 5 },
    { id: 3, name: 'c', key: 4 },
  ]);
});

test('a category that was foretold and does not come joins nothing', async () => {
  const catalog = await Catalog.open(sandbox.database);
  const spec = { ...SPEC, sizeBytes: 1 };
  const start = await catalog.startSource(spec, new Date(), () => Promise.resolve(false));
  if (start.state === 'unchanged') throw new Error('nothing to import');
  const writer = await catalog.writer(spec, start, [{ id: 1, name: 'cat', supercategory: null }]);
  const reader = readCoco(new Blob([JSON.stringify({ images: [image(1)], annotations: [box(1, 1)] })]).stream());
  const foretold: unknown[] = [];
  for await (const batch of reader.batches()) {
    await writer.commit(async (transaction) => {
      await transaction.append(batch);
      foretold.push(
        ...(await transaction.connection.all('SELECT category_key IS NOT NULL AS has FROM annotations')),
      );
      return batch.cursor;
    });
  }
  expect(foretold).toEqual([{ has: true }]);
  await writer.finish(reader.cursor, { elapsedMs: 1, findings: reader.trailingFindings });
  expect(await sandbox.count('annotations WHERE category_key IS NOT NULL')).toBe(0);
  await writer.close();
});
