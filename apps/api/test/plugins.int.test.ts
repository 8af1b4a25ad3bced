import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unwrap, watchImport } from '@datavis/client';
import type { Job } from '@datavis/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeDataset } from './dataset.js';
import { importPets, startServer, type RunningServer } from './running-server.js';

let folder: string;
let server: RunningServer;

/** Written by hand, without the SDK: the brand is a text. Its scheme holds one object, `word`. */
const PLUGIN = `
const any = { '~standard': { version: 1, vendor: 'none', validate: (value) => ({ value }) } };
const refuse = () => { throw new Error('read only'); };
const wordStore = { root: 'word://', capabilities: { write: false, list: false, ranges: false, pinned: false },
  async stat(key) { return { key, size: 5, version: '1' }; },
  async *read() { yield new TextEncoder().encode('hello'); },
  list: refuse, write: refuse, delete: refuse, close: async () => {} };
export default {
  '~datavis': { kind: 'plugin', api: 1, sdk: '0.1.0', features: ['columns', 'onAnnotations', 'onImageDecoded', 'operations', 'storage', 'importers'] },
  name: 'toy', version: '1.0.0',
  columns: { annotations: { px: 'f64' }, images: { side_px: 'i32' } },
  importers: [{
    format: 'names', imageRoot: 'images',
    detect: ({ sample }) => sample.some(({ key }) => key === 'names.txt') ? { confidence: 1, because: 'names.txt' } : undefined,
    async *read({ store, options }) {
      let text = '';
      for await (const chunk of store.read('names.txt')) text += new TextDecoder().decode(chunk);
      const names = text.split('\\n').filter(Boolean);
      yield { table: 'images', rows: names.map((file_name, i) => ({ id: i + 1, file_name, note: options.note })) };
      yield { table: 'annotations', rows: [{ id: 1, image_id: 1, category_id: 1, bbox: [0, 0, 2, 3] }, 'names.txt:9: no box'] };
      yield { table: 'categories', rows: [{ id: 1, name: 'cat' }] };
    },
  }],
  storage: [{ scheme: 'word', open: async () => wordStore }],
  onAnnotations(batch) {
    const [w, h, px] = [batch.column('bbox_w'), batch.column('bbox_h'), batch.output('px')];
    for (let row = 0; row < batch.length; row++) px[row] = w[row] * h[row];
  },
  onImageDecoded: ({ rgb }) => ({ side_px: Math.max(rgb.widthPx, rgb.heightPx) }),
  operations: {
    count: { title: 'Count', input: any, run: async ({ more = 0 }, { db }) =>
      db.query('SELECT count(*) + $1 AS n FROM annotations', [more]) },
    word: { title: 'Word', input: any, async run(_, { storage }) {
      const store = await storage.open('word://x');
      let text = '';
      for await (const chunk of store.read('word')) text += new TextDecoder().decode(chunk);
      return text;
    } },
    fails: { title: 'Fails', input: any, run() { throw new Error('as asked'); } },
  },
};`;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'datavis-api-plugins-'));
  writeFileSync(join(folder, 'toy.mjs'), PLUGIN);
  const config = join(folder, 'datavis.config.json');
  writeFileSync(config, JSON.stringify({ plugins: ['./toy.mjs'] }));
  server = await startServer({}, writeDataset, config);
  expect(await importPets(server)).toMatchObject({ state: 'done', error: null });
}, 120_000);
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

const operation = (name: string, body: object = {}) =>
  server.client.POST('/v1/plugins/{namespace}/operations/{operation}', {
    params: { path: { namespace: 'toy', operation: name } },
    body,
  });

test('operations of the declaration are endpoints', async () => {
  const { items } = unwrap(await server.client.GET('/v1/plugins'));
  expect(items).toMatchObject([{ namespace: 'toy', state: 'ready' }]);
  expect(items[0]?.operations.map(({ name }) => name)).toEqual(['count', 'word', 'fails']);
  const [counted] = unwrap(await operation('count', { more: 1000 })).result as { n: number }[];
  expect(counted?.n).toBeGreaterThan(1000);
});

test('a scheme of a plugin is opened as by the command line', async () => {
  expect(unwrap(await operation('word')).result).toBe('hello');
});

test('an operation that throws is an error with its code', async () => {
  expect((await operation('fails')).error).toMatchObject({ code: 'DATAVIS_PLUGIN_OPERATION' });
});

describe('another format, by a plugin of the server', () => {
  async function imported(body: object): Promise<Job> {
    let job = unwrap(
      await server.client.POST('/v1/imports', { body: { sources: [names], media: false, ...body } }),
    );
    for await (const seen of watchImport(server.client, job.id)) job = seen;
    return job;
  }
  let names: string;
  beforeAll(() => {
    // Below the server's root.
    names = join(server.fixture.dir, 'names');
    mkdirSync(names);
    writeFileSync(join(names, 'names.txt'), 'a.jpg\nb.jpg\n');
  });

  test('is imported as by the command line, and again only when it has changed', async () => {
    const first = await imported({ format: 'names', formatOptions: { note: 'as told' } });
    expect(first).toMatchObject({
      state: 'done',
      result: { dataset: 'names', imported: { images: 2, annotations: 1 }, refused: { annotations: 1 } },
    });
    const params = { path: { dataset: 'names' } };
    const images = unwrap(await server.client.GET('/v1/datasets/{dataset}/images', { params }));
    const note = { note: 'as told' };
    expect(images).toMatchObject({
      items: [
        { file_name: 'a.jpg', extra: note },
        { file_name: 'b.jpg', extra: note },
      ],
    });
    const same = { format: 'auto', formatOptions: { note: 'as told' } };
    expect((await imported(same)).result?.sources).toMatchObject([{ state: 'unchanged' }]);
    expect((await imported({ format: 'auto' })).result?.sources).toMatchObject([{ state: 'changed' }]);
  });

  test('is named in the list of plugins', async () => {
    expect(unwrap(await server.client.GET('/v1/plugins')).items).toMatchObject([
      { version: '1.0.0', formats: ['names'], schemes: ['word'] },
    ]);
  });

  test('that no plugin reads is an error with its code, and outside of the roots nothing is asked', async () => {
    expect(await imported({ format: 'yolo' })).toMatchObject({
      state: 'failed',
      error: { code: 'DATAVIS_PLUGIN_FORMAT', hint: 'Known formats: names.' },
    });
    const { error } = await server.client.POST('/v1/imports', { body: { sources: [folder], format: 'names' } });
    expect(error).toMatchObject({ code: 'DATAVIS_API_ROOT_NOT_ALLOWED' });
  });
});

interface Page {
  readonly items: readonly { readonly plugins: Readonly<Record<string, Readonly<Record<string, unknown>>>> }[];
}

test('what hooks computed, from records and from pictures, is beside the records', async () => {
  const params = { path: { dataset: 'pets' } };
  const images = unwrap(await server.client.GET('/v1/datasets/{dataset}/images', { params })) as unknown as Page;
  expect(images.items.some(({ plugins }) => Number(plugins['toy']?.['side_px']) > 0)).toBe(true);
  const boxes = unwrap(
    await server.client.GET('/v1/datasets/{dataset}/annotations', { params }),
  ) as unknown as Page;
  expect(boxes.items.some(({ plugins }) => Number(plugins['toy']?.['px']) > 0)).toBe(true);
});
