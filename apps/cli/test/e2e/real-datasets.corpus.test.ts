import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { startFakeGcs } from '@datavis/fake-gcs';
import type { FakeGcs } from '@datavis/fake-gcs';
import { describeCorpus } from '@datavis/test-kit';
import sharp from 'sharp';
import type { Metadata } from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { datavis, rows, start } from './datavis.js';

interface Coco {
  readonly images: readonly { readonly id: number; readonly file_name: string }[];
  readonly annotations: readonly { readonly image_id: number; readonly category_id?: number }[];
  readonly categories?: readonly { readonly id: number; readonly name: string }[];
}

const DATASETS = [
  { name: 'coco-sample', path: 'coco-sample' },
  { name: 'sharks', path: 'fixtures/roboflow__roboflow-python/tests/datasets/sharks-tiny-coco' },
];

/** What the files say, read without any part of the program. */
function readFiles(folder: string) {
  const all = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)));
  const json = (path: string): Coco => JSON.parse(readFileSync(join(folder, path), 'utf8')) as Coco;
  const files = all.filter((path) => path.endsWith('.json')).map((path) => ({ path, coco: json(path) }));
  const names = new Set(files.flatMap(({ coco }) => coco.images.map(({ file_name }) => file_name)));
  const annotations = files.reduce((sum, { coco }) => sum + coco.annotations.length, 0);
  return { all, files, names, annotations };
}

/** The category with most annotations, and the images that have one. */
function mostUsed(files: readonly { readonly coco: Coco }[]): { category: string; images: string[] } {
  const byCategory = new Map<string, { count: number; images: Set<string> }>();
  for (const { coco } of files) {
    const categories = new Map(coco.categories?.map(({ id, name }) => [id, name]));
    const images = new Map(coco.images.map(({ id, file_name }) => [id, file_name]));
    for (const { category_id, image_id } of coco.annotations) {
      const name = category_id === undefined ? undefined : categories.get(category_id);
      if (name === undefined) continue;
      const found = byCategory.get(name) ?? { count: 0, images: new Set() };
      found.count++;
      byCategory.set(name, { ...found, images: found.images.add(images.get(image_id) ?? '') });
    }
  }
  const [most] = [...byCategory].sort(([, a], [, b]) => b.count - a.count);
  return { category: most?.[0] ?? '', images: [...(most?.[1].images ?? [])].sort() };
}

describeCorpus('the path of a user with real photos', (corpus) => {
  let folder: string;
  let gcs: FakeGcs;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'datavis-e2e-real-'));
    gcs = await startFakeGcs();
    process.env['STORAGE_EMULATOR_HOST'] = gcs.url;
    process.env['METADATA_SERVER_DETECTION'] = 'none';
  });
  afterAll(async () => {
    await gcs.close();
    rmSync(folder, { recursive: true, force: true });
  });

  describe.each(DATASETS.flatMap((one) => (['disk', 'gs'] as const).map((from) => ({ ...one, from }))))(
    '$name from $from',
    ({ name, path, from }) => {
      const source = join(corpus, path);
      const { all, files, names, annotations } = readFiles(source);
      let db: string;
      beforeAll(() => {
        db = join(folder, `${name}-${from}.duckdb`);
        if (from === 'disk') return;
        for (const file of all) gcs.put('photos', `${name}/${file}`, readFileSync(join(source, file)));
      });

      test('import, killed in the middle where it is slow enough to be hit, and resumed', async () => {
        if (from === 'gs') {
          const half = readFileSync(join(source, files[0]?.path ?? '')).length >> 1;
          gcs.faults.add({ kind: 'stall', afterBytes: half, name: `${name}/${files[0]?.path}`, times: 50 });
          const used = gcs.faults.used;
          const { child, ended } = start('import', `gs://photos/${name}`, '--db', db, '--dataset', name);
          await expect.poll(() => gcs.faults.used, { timeout: 60_000 }).toBeGreaterThan(used);
          child.kill('SIGKILL');
          expect((await ended).code).toBeNull();
          gcs.faults.clear();
          const { code, stderr } = await datavis('resume', '--db', db);
          expect(code, stderr).toBe(0);
          expect(stderr).not.toContain('Warning');
        } else {
          const { code, stderr } = await datavis('import', source, '--db', db, '--dataset', name);
          expect(code, stderr).toBe(0);
          expect(stderr).not.toContain('Warning');
        }
        const sql =
          'SELECT (SELECT count(*) FROM images) AS images, (SELECT count(*) FROM annotations) AS annotations';
        expect(await rows(db, sql)).toEqual([{ images: names.size, annotations }]);
      }, 180_000);

      test('browse and filter: the images of a category are those that the files say', async () => {
        const { category, images } = mostUsed(files);
        const found = await datavis('find', `category=${category}`, '--db', db, '--json', '-n', '1000');
        const said = (JSON.parse(found.stdout) as { file_name: string }[]).map(({ file_name }) => file_name);
        expect(images.length).toBeGreaterThan(0);
        expect(said.sort()).toEqual(images);
        const shown = await datavis('show', images[0] ?? '', '--db', db, '--json');
        expect((JSON.parse(shown.stdout) as { annotations: unknown[] }).annotations).not.toEqual([]);
      }, 60_000);

      test('each photo has a thumbnail; a sheet shows them with their annotations', async () => {
        const thumbs = await datavis('thumbs', '--db', db, '--json');
        expect(JSON.parse(thumbs.stdout)).toMatchObject({
          total: names.size,
          made: names.size,
          missing: 0,
          failed: 0,
        });
        const out = join(folder, `${name}-${from}.png`);
        const made = await datavis('preview', '--db', db, '--limit', '4', '--columns', '2', '--out', out, '--json');
        expect(JSON.parse(made.stdout)).toMatchObject({ pictures: 4, missing: 0, failed: 0 });
        expect((await sharp(out).metadata()).width).toBe(2 * 262 + 6);
      }, 120_000);

      test('a server answers with pages, thumbnails, and photos that are drawn on', async () => {
        const { url, end } = await serve(db);
        try {
          const page = (await (await fetch(`${url}/v1/datasets/${name}/images?limit=3`)).json()) as {
            items: { urls: { self: string; thumbnail: string } }[];
          };
          expect(page.items).toHaveLength(3);
          for (const { urls } of page.items) {
            const thumbnail = await picture(url + urls.thumbnail);
            const overlay = await picture(`${url}${urls.self}/overlay`);
            expect(thumbnail.channels).toBeGreaterThanOrEqual(3);
            expect(overlay.width).toBeGreaterThan(100);
          }
        } finally {
          await end();
        }
      }, 120_000);

      test('the export is what the files say, and verify proves it', async () => {
        const out = join(folder, `${name}-${from}`);
        const exported = await datavis('export', '--db', db, '--out', out, '--json');
        expect(exported.code, exported.stderr).toBe(0);
        const written = readdirSync(out, { recursive: true, withFileTypes: true }).filter((entry) =>
          entry.isFile(),
        );
        expect(written).toHaveLength(files.length);
        for (const entry of written) {
          const file = join(entry.parentPath, entry.name);
          const original = files.find(({ path: known }) => known.endsWith(relative(out, file)));
          expect(JSON.parse(readFileSync(file, 'utf8')), file).toEqual(original?.coco);
        }
        const proof = await datavis('verify', '--db', db, '--json');
        expect(JSON.parse(proof.stdout)).toMatchObject({ equal: true });
      }, 120_000);
    },
  );
});

async function serve(db: string): Promise<{ url: string; end: () => Promise<unknown> }> {
  const { child, ended }: { child: ChildProcess; ended: Promise<{ stderr: string }> } = start(
    'serve',
    '--db',
    db,
    '--port',
    '0',
    '--json',
  );
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout?.on('data', (text: string) => {
      resolve((JSON.parse(text) as { url: string }).url);
    });
    void ended.then(({ stderr }) => {
      reject(new Error(stderr));
    });
  });
  return {
    url,
    end: () => {
      child.kill('SIGTERM');
      return ended;
    },
  };
}

async function picture(url: string): Promise<Metadata> {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${url}: ${await answer.text()}`);
  return await sharp(Buffer.from(await answer.arrayBuffer())).metadata();
}
