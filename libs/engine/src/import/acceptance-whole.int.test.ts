import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createCatalogReader, createObjectStoreResolver, type RecordFilter } from '@datavis/storage';
import { openLocalStore } from '@datavis/storage/local';
import { openZipStore } from '@datavis/storage/zip';
import { heldBytes } from '@datavis/test-kit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openSandbox, type Sandbox } from '../../testing/sandbox.js';
import { zipOf } from '../../testing/zip-of.js';
import { createEngine } from '../engine.js';
import { createMediaReader } from '../media/media-reader.js';
import type { ImportProgress } from './import-types.js';

// Lines of the acceptance list that are about an import as a whole: its memory, its progress, its pictures.

let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = await openSandbox();
});
afterEach(() => sandbox.close());

const image = (id: number, file_name = `${id}.gif`): object => ({ id, file_name, width: 1, height: 1 });
const box = (id: number, imageId: number): object => ({
  id,
  image_id: imageId,
  category_id: 1,
  bbox: [1.5, 2, 3, 4],
  area: 12,
  segmentation: [[1, 2, 3, 4, 5, 6, 7, 8]],
});
const categories = [{ id: 1, name: 'cat' }];
/** A GIF of one pixel: what a scan reads of it. */
const GIF = Buffer.concat([Buffer.from('GIF89a'), Buffer.from([1, 0, 1, 0, 0, 0, 0, 0, 0x3b])]);

/** A dataset on one line. */
function line(annotations: number): string {
  const records = Array.from({ length: annotations }, (_, id) => JSON.stringify(box(id, id % 100)));
  const images = Array.from({ length: 100 }, (_, id) => JSON.stringify(image(id)));
  return `{"images":[${images.join()}],"annotations":[${records.join()}],"categories":${JSON.stringify(categories)}}`;
}

/** Most bytes that buffers hold, where the file's would be, while a file is imported. */
async function peakOf(path: string, dataset: string): Promise<number> {
  let peak = 0;
  const before = heldBytes();
  await sandbox.engine.import(
    { sources: [path], dataset, media: false },
    { onProgress: () => (peak = Math.max(peak, heldBytes() - before)) },
  );
  return peak;
}

test('acceptance 2, 3: a file five times the size, on one line, takes no more memory', async () => {
  // The small one is large enough to fill all that is read ahead and held for three commits.
  const small = await sandbox.file('small.json', line(200_000));
  const large = await sandbox.file('large.json', line(1_000_000));
  expect((await stat(large)).size).toBeGreaterThan(48 << 20);
  // The first import pays for what is kept for all of them.
  await peakOf(small, 'warm-up');
  const [one, five] = [await peakOf(small, 'one'), await peakOf(large, 'eight')];
  expect(one).toBeGreaterThan(1 << 20);
  // How much waits for a commit depends on the disk a little; what grew with the file would be five times as much.
  expect(five).toBeLessThan(2 * one);
}, 120_000);

test('acceptance 1: 116,649 polygons on 458 images that would be 10 gigapixels each take the memory of any other file', async () => {
  const outline = JSON.stringify(Array.from({ length: 20 }, (_, at) => at * 5_000.25));
  const images = Array.from(
    { length: 458 },
    (_, id) => `{"id":${id},"file_name":"${id}.jpg","width":100000,"height":100000}`,
  );
  const records = Array.from(
    { length: 116_649 },
    (_, id) =>
      `{"id":${id},"image_id":${id % 458},"category_id":1,"iscrowd":${id % 2},"segmentation":[${outline}]}`,
  );
  const text = `{"images":[${images.join()}],"annotations":[${records.join()}],"categories":${JSON.stringify(categories)}}`;
  const peak = await peakOf(await sandbox.file('polygons.json', text), 'polygons');
  // A mask of one of them would be 10 GB, of one bit a pixel 1.25 GB.
  expect(peak).toBeLessThan(64 << 20);
  const [row] = await sandbox.all(
    'SELECT count(*)::INTEGER AS n, sum(len(polygons[1]))::INTEGER AS numbers, count(bbox_w_derived)::INTEGER AS boxes FROM annotations',
  );
  expect(row).toEqual({ n: 116_649, numbers: 20 * 116_649, boxes: 116_649 });
}, 120_000);

test('acceptance 4: a record of 20 MB imports, and comes out as it was', async () => {
  const note = 'x'.repeat(20 << 20);
  const coco = { images: [image(1)], annotations: [{ ...box(1, 1), note }], categories };
  expect((await sandbox.import(coco)).imported).toMatchObject({ annotations: 1 });
  const out = join(sandbox.folder, 'out.json');
  await sandbox.engine.export({ dataset: 'set', out });
  expect(JSON.parse(await readFile(out, 'utf8'))).toEqual(coco);
}, 60_000);

test('acceptance 5: progress has totals from its first event, then rate and time left, and never goes back', async () => {
  const path = await sandbox.file('set.json', line(30_000));
  const { size } = await stat(path);
  const events: ImportProgress[] = [];
  await sandbox.engine.import(
    { sources: [path], dataset: 'set', media: false },
    { onProgress: (event) => events.push(event) },
  );
  expect(events[0]).toMatchObject({ bytesTotal: size, source: 1, sources: 1, phase: 'read' });
  const bytes = events.map(({ bytesRead }) => bytesRead);
  expect(bytes).toEqual([...bytes].sort((a, b) => a - b));
  expect(events.at(-1)).toMatchObject({ bytesRead: size, read: { images: 100, annotations: 30_000 } });
  const later = events.slice(Math.floor(events.length / 2));
  expect(later.filter(({ phase }) => phase === 'read').every(({ bytesPerSecond }) => bytesPerSecond > 0)).toBe(
    true,
  );
  expect(events.some(({ etaMs }) => etaMs !== undefined && etaMs >= 0)).toBe(true);
});

test('acceptance 7: an export comes in pieces of bounded size, and stops when nobody takes them', async () => {
  await sandbox.import(line(40_000));
  const opened = await sandbox.engine.openExport({ dataset: 'set' });
  let [bytes, most, pieces] = [0, 0, 0];
  for await (const { body } of opened.files) {
    for await (const piece of body()) {
      bytes += piece.length;
      most = Math.max(most, piece.length);
      pieces += 1;
    }
  }
  await opened.close();
  expect(bytes).toBeGreaterThan(4 << 20);
  expect(pieces).toBeGreaterThan(5);
  expect(most).toBeLessThan(1 << 20);
  const abandoned = await sandbox.engine.openExport({ dataset: 'set' });
  for await (const { body } of abandoned.files) for await (const piece of body()) if (piece.length > 0) break;
  await abandoned.close();
  expect(await sandbox.count('annotations')).toBe(40_000);
});

test('acceptance 12: a byte order mark, names of any script: stored as they are', async () => {
  const names = ['Ünï_東京_😀.jpg', 'u\u0308ber.jpg', '\u00fcber.jpg'];
  const coco = { images: names.map((name, id) => image(id, name)), annotations: [], categories };
  const result = await sandbox.import(`\ufeff${JSON.stringify(coco)}`);
  expect(result.findings).toMatchObject({ 'byte-order-mark': 1 });
  const rows = await sandbox.all('SELECT file_name FROM images ORDER BY idx');
  expect(rows.map((row) => row['file_name'])).toEqual(names);
});

test('acceptance 16: a folder with a lock file, an empty file and a resource fork imports what is in order', async () => {
  await mkdir(join(sandbox.folder, 'set/annotations'), { recursive: true });
  const good = { images: [image(1)], annotations: [box(1, 1)], categories };
  await sandbox.file('set/annotations/instances_val.json', good);
  await sandbox.file('set/annotations/~$instances_val.json', '\u0000excel');
  await sandbox.file('set/annotations/._instances_val.json', '\u0000\u0005');
  await sandbox.file('set/annotations/instances_test.json', '');
  const result = await sandbox.engine.import({ sources: [join(sandbox.folder, 'set')], media: false });
  expect(result.sources).toHaveLength(1);
  expect(result.imported).toEqual({ images: 1, annotations: 1, categories: 1 });
  expect(result.layoutFindings.map(({ code }) => code).sort()).toEqual([
    'empty-file-skipped',
    'hidden-file-skipped',
    'lock-file-skipped',
  ]);
});

test('acceptance 18: a dataset in a zip archive imports, with its pictures', async () => {
  const coco = { images: [image(1), image(2)], annotations: [box(1, 1)], categories };
  const archive = join(sandbox.folder, 'set.zip');
  await writeFile(
    archive,
    zipOf({ 'set/annotations/instances_val.json': JSON.stringify(coco), 'set/val/1.gif': GIF }),
  );
  const stores = createObjectStoreResolver({
    schemes: { file: openLocalStore },
    zip: openZipStore,
  });
  const engine = await createEngine({ database: sandbox.database, stores });
  const result = await engine.import({ sources: [archive] });
  expect(result.imported).toEqual({ images: 2, annotations: 1, categories: 1 });
  expect(result.media).toEqual({ found: 1, missing: 1, unlisted: 0 });
  expect(await engine.verify({ dataset: result.dataset })).toMatchObject({ equal: true });
  const media = createMediaReader({ catalog: createCatalogReader(sandbox.database), stores });
  const [picture] = (await media.locate(result.dataset, ['1'])).values();
  const file = picture && (await media.open(picture));
  expect(file?.sizeBytes).toBe(GIF.length);
  await media.close();
});

test('acceptance 36: an image without annotations is in counts and queries', async () => {
  await sandbox.import({ images: [image(1), image(2)], annotations: [box(1, 1)], categories });
  const reader = createCatalogReader(sandbox.database);
  const ids = async (filter: RecordFilter): Promise<unknown[]> =>
    (await reader.page('set', 'images', { filter, limit: 9 })).rows.map(({ id }) => id);
  expect((await reader.stats('set')).images).toMatchObject({ total: 2, empty: 1 });
  expect(await ids({})).toEqual([1n, 2n]);
  expect(await ids({ annotated: false })).toEqual([2n]);
  expect(await ids({ annotated: true })).toEqual([1n]);
});

test('acceptance 40: annotations alone import; the pictures are attached later, and the rows stay', async () => {
  const path = await sandbox.file('set.json', {
    images: [image(1), image(2)],
    annotations: [box(1, 1)],
    categories,
  });
  await sandbox.engine.import({ sources: [path], dataset: 'set', media: false });
  const states = 'SELECT image_key, media_state FROM images ORDER BY image_key';
  expect(await sandbox.all(states)).toEqual([
    { image_key: 1n, media_state: 'unknown' },
    { image_key: 2n, media_state: 'unknown' },
  ]);
  const pictures = join(sandbox.folder, 'elsewhere/1.gif');
  await mkdir(dirname(pictures));
  await writeFile(pictures, GIF);
  const later = await sandbox.engine.import({ sources: [path], dataset: 'set', images: dirname(pictures) });
  expect(later.sources).toMatchObject([{ state: 'unchanged' }]);
  expect(await sandbox.all(states)).toEqual([
    { image_key: 1n, media_state: 'found' },
    { image_key: 2n, media_state: 'missing' },
  ]);
  await rm(dirname(pictures), { recursive: true });
});
