import {
  definePlugin,
  defineOperation,
  type DataVisConfig,
  type ImporterContribution,
  type Plugin,
  type SqlConnection,
  type SqlDatabase,
} from '@datavis/plugin-sdk';
import { readCoco } from '@datavis/ingest-coco';
import { createObjectStoreResolver, MemoryObjectStore } from '@datavis/storage';
import { openDuckDb } from '@datavis/storage/duckdb-node';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { createPluginHost, type PluginHost } from './host.js';
import { cocoBytes, importerOf, importerRun } from './importers.js';
import { listOperations, runOperation } from './operations.js';
import { registerSchemes } from './storage-schemes.js';

let database: SqlDatabase;
let connection: SqlConnection;
let host: PluginHost | undefined;
const log: string[] = [];
const stores = createObjectStoreResolver({
  schemes: { memory: async (uri) => new MemoryObjectStore({ root: uri }) },
});

beforeEach(async () => {
  log.length = 0;
  database = await openDuckDb(':memory:', { threads: 1 });
  connection = await database.connect();
});
afterEach(async () => {
  await host?.close();
  host = undefined;
  await database.close();
});

async function start(plugins: DataVisConfig['plugins']): Promise<PluginHost> {
  const error = (message: string): void => void log.push(message);
  host = await createPluginHost(plugins, {
    database,
    stores,
    hostVersion: '0.1.0',
    log: { debug() {}, info() {}, warn() {}, error },
  });
  return host;
}

const coco = JSON.stringify({
  images: [
    { id: 1, file_name: 'a.jpg', width: 10, height: 10 },
    { id: 2, file_name: 'b.jpg', width: 20, height: 10 },
  ],
  annotations: [
    { id: 1, image_id: 1, category_id: 1, bbox: [0, 0, 2, 3] },
    { id: 2, image_id: 2, category_id: 1, bbox: [0, 0, 4, 5] },
    { id: 3, image_id: 2, category_id: 1 },
  ],
  categories: [{ id: 1, name: 'cat' }],
});

/** The least an import does: keys for rows, membership of images, all in one transaction. */
async function ingest(plugins: DataVisConfig['plugins'], signal = new AbortController().signal) {
  const running = await start(plugins);
  const dataset = { name: 'd', uri: 'memory://d' };
  const startedAt = new Date('2026-01-01T00:00:00Z');
  const run = await running.beginRun({ runId: '5', sourceKey: 3n, dataset, startedAt, signal });
  await connection.run(`CREATE TABLE source_images (source_key BIGINT, idx INTEGER, image_key BIGINT);
    CREATE TABLE source_categories (source_key BIGINT, idx INTEGER, category_key BIGINT);
    CREATE TABLE images (source_key BIGINT, image_key BIGINT);
    CREATE TABLE categories (source_key BIGINT, category_key BIGINT);
    CREATE TABLE annotations (annotation_key BIGINT, id BIGINT);
    CREATE TABLE sources (source_key BIGINT); INSERT INTO sources VALUES (3)`);
  try {
    const reader = readCoco(new Blob([coco]).stream());
    let key = 1n;
    for await (const batch of reader.batches()) {
      const { batch: kept, store } = await run.transform(batch);
      await connection.transaction(async () => {
        await store(connection, key);
        if (kept.table === 'annotations') {
          for (let row = 0; row < kept.length; row++) {
            await connection.run('INSERT INTO annotations VALUES ($1, $2)', [
              key++,
              kept.columns.id.values[row] ?? 0n,
            ]);
          }
        }
        if (kept.table !== 'images' && kept.table !== 'categories') return;
        for (let row = 0; row < kept.length; row++) {
          const index = kept.columns.index.values[row] ?? 0;
          await connection.run(`INSERT INTO source_${kept.table} VALUES (3, $1, $2)`, [index, index + 70]);
          await connection.run(`INSERT INTO ${kept.table} VALUES (3, $1)`, [index + 70]);
        }
      });
    }
    await connection.transaction(() => run.link(connection));
    await run.endRun(connection, { read: {}, imported: {}, refused: {}, elapsedMs: 1 });
    return { run, cursor: run.adjustCursor(reader.cursor) };
  } catch (error) {
    await run.failRun(connection, error, { rowsStay: false });
    throw error;
  }
}

const stats = definePlugin({
  name: 'stats',
  version: '1.2.3',
  columns: {
    annotations: { px: { type: 'f32', unit: 'px²' } },
    images: { ratio: 'f64', tags: 'f64[]', vector: { type: 'f32[n]', width: 2 }, note: 'json' },
    categories: { upper: 'utf8' },
  },
  onAnnotations(batch) {
    const [w, h, px] = [batch.column('bbox_w'), batch.column('bbox_h'), batch.output('px')];
    for (let row = 0; row < batch.length; row++) px[row] = (w[row] ?? NaN) * (h[row] ?? NaN);
  },
  onImages(batch) {
    const ratio = batch.output('ratio');
    const vector = batch.output('vector');
    batch.forEach((image, row) => {
      ratio[row] = image.width / image.height;
      vector.set([image.width, image.height], row * 2);
      batch.output('tags')[row] = [row, row + 1];
      batch.output('note')[row] = { row };
    });
  },
  onCategories(batch) {
    batch.forEach(({ name }, row) => {
      batch.output('upper')[row] = name?.toUpperCase() ?? null;
    });
  },
});

describe('an import', () => {
  test('stores columns of every type under the keys of rows', async () => {
    await ingest([stats]);
    expect(await connection.all('SELECT * FROM plg_stats.annotations ORDER BY 1')).toEqual([
      { annotation_key: 1n, source_key: 3n, px: 6 },
      { annotation_key: 2n, source_key: 3n, px: 20 },
      { annotation_key: 3n, source_key: 3n, px: null },
    ]);
    const images = await connection.all(
      'SELECT image_key, ratio, tags, vector::FLOAT[] AS vector, note FROM plg_stats.images ORDER BY 1',
    );
    expect(images).toEqual([
      { image_key: 70n, ratio: 1, tags: [0, 1], vector: [10, 10], note: '{"row":0}' },
      { image_key: 71n, ratio: 2, tags: [1, 2], vector: [20, 10], note: '{"row":1}' },
    ]);
    expect(await connection.all('SELECT category_key, upper FROM plg_stats.categories')).toEqual([
      { category_key: 70n, upper: 'CAT' },
    ]);
    expect(await connection.all('SELECT count(*) AS n FROM plg_stats.images_incoming')).toEqual([{ n: 0n }]);
  });

  test('leaves receipts and the provenance of every column', async () => {
    await ingest([stats]);
    const receipts = await connection.all(
      'SELECT plugin, version, hook, calls, rows_in, state FROM _datavis.plugin_runs ORDER BY hook',
    );
    expect(receipts).toEqual([
      { plugin: 'stats', version: '1.2.3', hook: 'onAnnotations', calls: 1n, rows_in: 3n, state: 'done' },
      { plugin: 'stats', version: '1.2.3', hook: 'onCategories', calls: 1n, rows_in: 1n, state: 'done' },
      { plugin: 'stats', version: '1.2.3', hook: 'onImages', calls: 1n, rows_in: 2n, state: 'done' },
    ]);
    const columns = await connection.all(
      "SELECT namespace, type, unit, plugin FROM _datavis.plugin_columns WHERE column_name = 'px'",
    );
    expect(columns).toEqual([{ namespace: 'stats', type: 'FLOAT', unit: 'px²', plugin: 'stats' }]);
  });

  test('counts dropped rows as refused and reads them back when it is resumed', async () => {
    const picky = definePlugin({
      name: 'picky',
      onImages(batch) {
        batch.drop(1, 'unwanted');
      },
    });
    const { cursor } = await ingest([picky]);
    expect(cursor.sections).toEqual([
      expect.objectContaining({ name: 'images', read: 2, imported: 1, refused: 1 }),
      expect.objectContaining({ name: 'annotations', read: 3, imported: 1, refused: 2 }),
      expect.objectContaining({ name: 'categories', read: 1, imported: 1, refused: 0 }),
    ]);
    const dataset = { name: 'd', uri: 'memory://d' };
    const signal = new AbortController().signal;
    const again = await (
      await start([picky])
    ).beginRun({ runId: '6', sourceKey: 3n, dataset, startedAt: new Date(), signal });
    for await (const batch of readCoco(new Blob([coco]).stream()).batches()) {
      if (batch.table !== 'annotations') continue;
      expect((await again.transform(batch)).dropped).toEqual({ 'image-dropped': 2 });
    }
    expect.hasAssertions();
  });

  test('tells observers of a failure, and the receipt says which plugin it was', async () => {
    const seen: string[] = [];
    const witness = definePlugin({
      name: 'witness',
      onIngestError: (error) => void seen.push(`${error.plugin}: ${error.code}`),
    });
    const bad = definePlugin({
      name: 'bad',
      onAnnotations() {
        throw new Error('boom');
      },
    });
    await expect(ingest([witness, bad])).rejects.toMatchObject({
      code: 'DATAVIS_PLUGIN_HOOK_FAILED',
      plugin: 'bad',
    });
    expect(seen).toEqual(['bad: DATAVIS_PLUGIN_HOOK_FAILED']);
    expect(await connection.all("SELECT state, error FROM _datavis.plugin_runs WHERE plugin = 'bad'")).toEqual([
      { state: 'failed', error: expect.stringContaining('boom') as string },
    ]);
  });

  test('an observer that throws is reported and changes nothing', async () => {
    const loud = definePlugin({
      name: 'loud',
      onIngestEnd() {
        throw new Error('after the end');
      },
    });
    await ingest([loud, stats]);
    expect(log[0]).toContain('loud.onIngestEnd failed: after the end');
    expect(await connection.all('SELECT count(*) AS n FROM plg_stats.annotations')).toEqual([{ n: 3n }]);
  });

  test('hooks of a run close over its state', async () => {
    const totals: number[] = [];
    const counting = definePlugin({
      name: 'counting',
      onIngestStart() {
        let rows = 0;
        return { onAnnotations: (batch) => void (rows += batch.length), onIngestEnd: () => void totals.push(rows) };
      },
    });
    await ingest([counting]);
    expect(totals).toEqual([3]);
  });
});

describe('setup', () => {
  const failing = (): Plugin =>
    definePlugin({
      name: 'failing',
      setup() {
        throw new Error('no licence');
      },
    });

  test('acceptance 50: a failure puts the plugin into quarantine; the others run', async () => {
    await ingest([failing(), stats]);
    const [first, second] = host?.statuses() ?? [];
    expect([first?.state, first?.error?.code, second?.state]).toEqual([
      'quarantined',
      'DATAVIS_PLUGIN_SETUP_FAILED',
      'ready',
    ]);
  });

  test('a plugin that requires a broken one is not used either', async () => {
    const needy = definePlugin({ name: 'needy', requires: ['failing'] });
    const running = await start([needy, failing()]);
    await running.ready();
    expect(running.statuses().map(({ plugin, state }) => [plugin.name, state])).toEqual([
      ['failing', 'quarantined'],
      ['needy', 'quarantined'],
    ]);
  });

  test('a required plugin ends the host', async () => {
    const running = await start([[failing(), { required: true }]]);
    await expect(running.ready()).rejects.toMatchObject({ code: 'DATAVIS_PLUGIN_SETUP_FAILED', plugin: 'failing' });
  });

  test('runs once; disposers run in reverse order', async () => {
    const order: string[] = [];
    const one = (name: string): Plugin =>
      definePlugin({
        name,
        setup() {
          order.push(`+${name}`);
          return () => void order.push(`-${name}`);
        },
      });
    const running = await start([one('a'), one('b')]);
    await Promise.all([running.ready(), running.ready()]);
    await running.close();
    expect(order).toEqual(['+a', '+b', '-b', '-a']);
  });
});

describe('migrations and ctx.db', () => {
  const first = { id: '001', up: 'CREATE TABLE seen (id BIGINT); INSERT INTO seen VALUES (1)' };
  const keeper = (...migrations: { id: string; up: string }[]) => definePlugin({ name: 'keeper', migrations });

  test('each runs once, in the own schema', async () => {
    await (await start([keeper(first)])).ready();
    const running = await start([keeper(first, { id: '002', up: 'INSERT INTO seen VALUES (2)' })]);
    await running.ready();
    expect(await connection.all('SELECT id FROM plg_keeper.seen ORDER BY 1')).toEqual([{ id: 1n }, { id: 2n }]);
  });

  test('a changed one is refused; one that fails leaves nothing', async () => {
    await (await start([keeper(first)])).ready();
    const changed = await start([keeper({ ...first, up: 'SELECT 1' })]);
    await changed.ready();
    expect(changed.statuses()[0]?.error).toMatchObject({ code: 'DATAVIS_PLUGIN_MIGRATION' });
    const broken = await start([keeper(first, { id: '002', up: 'CREATE TABLE half (id INT); SELECT nonsense' })]);
    await broken.ready();
    expect(broken.statuses()[0]?.state).toBe('quarantined');
    await expect(connection.all('SELECT * FROM plg_keeper.half')).rejects.toThrow('half');
  });

  test('query reads anything, exec writes the own schema, the rest is refused', async () => {
    const running = await start([keeper(first)]);
    const { db } = await running.contextOf('keeper');
    await db.exec('INSERT INTO seen VALUES ($1)', [9007199254740993n]);
    await db.exec("UPDATE seen SET id = 7 WHERE id = 1 -- 'set; attach'");
    expect(await db.query('SELECT id FROM seen ORDER BY id')).toEqual([{ id: 7n }, { id: 9007199254740993n }]);
    for (const sql of [
      "ATTACH 'x.db'",
      "COPY seen TO 'x.csv'",
      'SELECT 1; SELECT 2',
      'DROP TABLE seen; SELECT 1',
    ]) {
      await expect(db.exec(sql)).rejects.toMatchObject({ code: 'DATAVIS_PLUGIN_SQL', plugin: 'keeper' });
    }
    await expect(db.query('DELETE FROM seen')).rejects.toMatchObject({ code: 'DATAVIS_PLUGIN_SQL' });
    await expect(db.query('SELECT nonsense')).rejects.toMatchObject({ code: 'DATAVIS_PLUGIN_SQL' });
  });
});

describe('contributions', () => {
  const calculator = definePlugin({
    name: '@acme/datavis-plugin-calculator',
    operations: {
      add: defineOperation({
        title: 'Add',
        input: z.object({ a: z.coerce.number(), b: z.coerce.number().default(1) }),
        fields: { a: { type: 'number', required: true } },
        run: ({ a, b }, { progress }) => {
          progress(1, 1);
          return { sum: a + b, key: 9007199254740993n };
        },
      }),
      fail: { title: 'Fail', input: z.object({}), run: () => Promise.reject(new Error('no')) },
    },
  });

  test('operations check their input and give JSON', async () => {
    const running = await start([calculator]);
    expect(listOperations(running)[0]).toMatchObject({ namespace: 'calculator', name: 'add', mutates: false });
    const progress: number[] = [];
    const onProgress = (done: number): void => void progress.push(done);
    expect(await runOperation(running, 'calculator', 'add', { a: '2' }, { onProgress })).toEqual({
      sum: 3,
      key: '9007199254740993',
    });
    expect(progress).toEqual([1]);
    await expect(runOperation(running, 'calculator', 'add', { a: 'x' })).rejects.toMatchObject({
      code: 'DATAVIS_PLUGIN_INPUT',
      message: expect.stringMatching(/^calculator add: a: /) as string,
    });
    await expect(runOperation(running, 'calculator', 'fail', {})).rejects.toMatchObject({
      code: 'DATAVIS_PLUGIN_OPERATION',
      plugin: '@acme/datavis-plugin-calculator',
    });
    for (const name of ['nope', 'toString']) {
      await expect(runOperation(running, 'calculator', name, {})).rejects.toMatchObject({
        code: 'DATAVIS_PLUGIN_NOT_FOUND',
      });
    }
  });

  test('an importer gets the same random numbers each time, in another dataset others', async () => {
    const importer: ImporterContribution = {
      format: 'dice',
      async *read(_, run) {
        const rows = [{ id: 1, thrown: run.random() }];
        yield { table: 'images', rows };
        await Promise.resolve();
      },
    };
    const running = await start([definePlugin({ name: 'dice', importers: [importer] })]);
    const thrown = async (name: string): Promise<string> => {
      const found = importerOf(running, 'dice');
      const info = { id: '0', dataset: { name, uri: 'memory://d' }, startedAt: new Date() };
      const run = await importerRun(running, found, info);
      const chunks: Uint8Array[] = [];
      for await (const chunk of cocoBytes(found, new MemoryObjectStore({}), run)) chunks.push(chunk);
      return Buffer.concat(chunks).toString();
    };
    expect(await thrown('a')).toBe(await thrown('a'));
    expect(await thrown('a')).not.toBe(await thrown('b'));
  });

  test('schemes open stores; a scheme twice is a conflict that names both', async () => {
    const scheme = (name: string, text: string) =>
      definePlugin({ name, storage: [{ scheme: text, open: (root) => new MemoryObjectStore({ root }) }] });
    const registry = createObjectStoreResolver({ schemes: {} });
    registerSchemes(await start([scheme('a', 'mine')]), registry);
    expect((await registry.open('mine://x')).root).toBe('mine://x');
    expect(() => {
      registerSchemes(host as PluginHost, registry);
    }).toThrow('a and DataVis itself both offer the scheme mine://');
  });
});
