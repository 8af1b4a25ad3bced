import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { unwrap } from '@datavis/client';
import { openDuckDb } from '@datavis/storage/duckdb-node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fromBuffer } from 'yauzl';
import { makeLargeDataset } from './large-dataset.js';
import { importPets, makeSnapshot, startServer } from './running-server.js';
import type { RunningServer } from './running-server.js';

let server: RunningServer;
beforeAll(async () => {
  server = await startServer();
  await importPets(server);
}, 60_000);
afterAll(() => server.close());

const source = (name: string): unknown =>
  JSON.parse(readFileSync(join(server.fixture.dir, 'annotations', name), 'utf8'));
const get = (query: string): Promise<Response> => fetch(`${server.url}/v1/datasets/pets/export?${query}`);
const bytesOf = async (answer: Response): Promise<Buffer> => Buffer.from(await answer.arrayBuffer());

/** Files of a zip, by name. */
function unzip(archive: Buffer): Promise<Map<string, string>> {
  return new Promise((resolve, reject) => {
    const files = new Map<string, string>();
    fromBuffer(archive, { lazyEntries: true }, (error, zip) => {
      if (error !== null) {
        reject(error);
        return;
      }
      zip.on('error', reject);
      zip.on('end', () => {
        resolve(files);
      });
      zip.on('entry', (entry: { fileName: string }) => {
        zip.openReadStream(entry as never, (failed, stream) => {
          if (failed !== null) {
            reject(failed);
            return;
          }
          const chunks: Buffer[] = [];
          stream.on('data', (chunk: Buffer) => chunks.push(chunk));
          stream.on('end', () => {
            files.set(entry.fileName, Buffer.concat(chunks).toString('utf8'));
            zip.readEntry();
          });
        });
      });
      zip.readEntry();
    });
  });
}

describe('exports', () => {
  test('COCO: the annotation files, deep-equal, in one zip', async () => {
    const answer = await get('format=coco');
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'application/zip',
      'content-disposition': `attachment; filename="pets.coco.zip"; filename*=UTF-8''pets.coco.zip`,
      'cache-control': 'no-store',
    });
    const files = await unzip(await bytesOf(answer));
    expect([...files.keys()].sort()).toEqual([
      'captions_train.json',
      'captions_val.json',
      'instances_train.json',
      'instances_val.json',
    ]);
    for (const [name, text] of files) expect(JSON.parse(text), name).toEqual(source(name));
  });

  test('COCO of a split and a filter: these images, and of their annotations those that match', async () => {
    const files = await unzip(await bytesOf(await get('split=val&category=person')));
    expect([...files.keys()].sort()).toEqual(['captions_val.json', 'instances_val.json']);
    const whole = source('instances_val.json') as {
      images: { id: number }[];
      annotations: { category_id: number; image_id: number }[];
    };
    const people = whole.annotations.filter(({ category_id: category }) => category === 90);
    expect(JSON.parse(files.get('instances_val.json') ?? '')).toEqual({
      ...whole,
      images: whole.images.filter(({ id }) => people.some((one) => one.image_id === id)),
      annotations: people,
    });
  });

  test('COCO merged: one file, with references that hold', async () => {
    const answer = await get('merge=renumber&split=val');
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'application/json',
      'content-disposition': `attachment; filename="pets.json"; filename*=UTF-8''pets.json`,
    });
    const { images, annotations } = (await answer.json()) as {
      images: { id: number; file_name: string }[];
      annotations: { id: number; image_id: number; caption?: string }[];
    };
    const [instances, captions] = ['instances_val.json', 'captions_val.json'].map(
      (name) => source(name) as { images: unknown[]; annotations: { caption?: string; image_id: number }[] },
    );
    expect(images.map(({ id }) => id)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(annotations).toHaveLength((instances?.annotations.length ?? 0) + (captions?.annotations.length ?? 0));
    for (const { caption, image_id: image } of annotations.filter((one) => one.caption !== undefined)) {
      // "picture number 8" is said of 000008.jpg.
      const number = /\d+$/.exec(caption ?? '')?.[0] ?? '';
      expect(images.find(({ id }) => id === image)?.file_name).toBe(`${number.padStart(6, '0')}.jpg`);
    }
  });

  test('COCO merged with the ids that it had; other formats cannot be merged', async () => {
    const { images } = (await (await get('merge=keep&split=val')).json()) as { images: { id: number }[] };
    expect(images.map(({ id }) => id)).toEqual([7, 8, 9, 10, 11, 12]);
    expect((await get('merge=keep&format=yolo')).status).toBe(400);
    expect((await get('merge=both')).status).toBe(400);
  });

  test('YOLO: labels by split, data.yaml, and what was left out', async () => {
    const files = await unzip(await bytesOf(await get('format=yolo')));
    expect([...files.keys()].filter((name) => name.startsWith('labels/'))).toHaveLength(12);
    expect(files.get('data.yaml')).toContain('"o\'sofa"');
    // Picture 5 has one dog of [0, 20, 35, 40.5] in 320 x 205.
    expect(files.get('labels/train/000005.txt')).toBe('0 0.054688 0.196341 0.109375 0.197561\n');
    expect(JSON.parse(files.get('left-out.json') ?? '')).toEqual({ 'annotations of crowds': 6 });
  });

  test('Parquet: every table in a zip, or one as a file', async () => {
    const files = await unzip(await bytesOf(await get('format=parquet')));
    expect(files.has('annotations.parquet') && files.has('images.parquet') && files.has('datasets.parquet')).toBe(
      true,
    );
    const answer = await get('format=parquet&table=annotations&crowd=true');
    expect(answer.headers.get('content-disposition')).toContain('pets.annotations.parquet');
    const path = join(server.fixture.dir, '..', 'a.parquet');
    writeFileSync(path, await bytesOf(answer));
    const database = await openDuckDb(':memory:');
    const connection = await database.connect();
    expect(
      await connection.all(
        `SELECT count(*)::INTEGER AS n, bool_and(iscrowd) AS crowd FROM read_parquet('${path}')`,
      ),
    ).toEqual([{ n: 6, crowd: true }]);
    await database.close();
  });

  test('what cannot be exported is an answer, not half a file', async () => {
    for (const [query, status] of [
      ['split=nope', 404],
      ['format=excel', 400],
      ['format=yolo&table=images', 400],
      ['unknown=1', 400],
    ] as const) {
      expect((await get(query)).status, query).toBe(status);
    }
    expect((await fetch(`${server.url}/v1/datasets/nope/export`)).status).toBe(404);
  });
});

describe('snapshots', () => {
  test('are made by a task, listed, read by ranges, and deleted', async () => {
    const task = await makeSnapshot(server, { name: 'first', dataset: 'pets' });
    expect(task).toMatchObject({
      state: 'done',
      result: { dataset: 'pets', rows: { images: 12, annotations: 30 } },
    });
    const [item] = unwrap(await server.client.GET('/v1/snapshots')).items;
    expect(item).toMatchObject({ name: 'first', url: '/v1/snapshots/first' });
    const url = `${server.url}${item?.url ?? ''}`;
    const whole = await fetch(url);
    const bytes = await bytesOf(whole);
    expect([bytes.length, whole.headers.get('content-type')]).toEqual([item?.bytes, 'application/vnd.duckdb']);
    // Where a DuckDB file says that it is one.
    expect(bytes.subarray(8, 12).toString()).toBe('DUCK');
    const etag = whole.headers.get('etag') ?? '';
    const head = await fetch(url, { method: 'HEAD' });
    expect([head.status, head.headers.get('content-length'), head.headers.get('etag')]).toEqual([
      200,
      String(bytes.length),
      etag,
    ]);
    const part = await fetch(url, { headers: { range: 'bytes=4096-8191', 'if-range': etag } });
    expect([part.status, part.headers.get('content-range')]).toEqual([206, `bytes 4096-8191/${bytes.length}`]);
    expect((await bytesOf(part)).equals(bytes.subarray(4096, 8192))).toBe(true);
    expect((await fetch(url, { headers: { range: `bytes=${bytes.length}-` } })).status).toBe(416);
    expect((await fetch(url, { headers: { 'if-none-match': etag } })).status).toBe(304);
    expect(
      (await server.client.DELETE('/v1/snapshots/{snapshot}', { params: { path: { snapshot: 'first' } } })).response
        .status,
    ).toBe(204);
    expect((await fetch(url)).status).toBe(404);
  });

  test('outlive the server, and so does what is known of their tasks', async () => {
    const task = await makeSnapshot(server, { name: 'kept' });
    server = await server.restart();
    const known = unwrap(await server.client.GET('/v1/tasks/{task}', { params: { path: { task: task.id } } }));
    expect(known).toEqual(task);
    expect(unwrap(await server.client.GET('/v1/snapshots')).items.map(({ name }) => name)).toEqual(['kept']);
  });

  test('a name that leads out of the folder is refused', async () => {
    for (const name of ['..%2f..%2fdatavis', '.hidden', 'a%2fb', '%00', 'x'.repeat(101)]) {
      expect([400, 404], name).toContain((await fetch(`${server.url}/v1/snapshots/${name}`)).status);
      expect([400, 404], name).toContain(
        (await fetch(`${server.url}/v1/snapshots/${name}`, { method: 'DELETE' })).status,
      );
    }
  });
});

test('a verification is a task that proves the database equal to its sources', async () => {
  const { client } = server;
  const task = unwrap(
    await client.POST('/v1/datasets/{dataset}/verifications', { params: { path: { dataset: 'pets' } } }),
  );
  const events = await fetch(`${server.url}/v1/tasks/${task.id}/events`);
  const last = (await events.text()).trim().split('\n\n').at(-1) ?? '';
  expect(JSON.parse(/^data: (.*)$/m.exec(last)?.[1] ?? '')).toMatchObject({
    state: 'done',
    result: { dataset: 'pets', equal: true, sources: Array.from({ length: 4 }, () => ({ state: 'equal' })) },
  });
});

describe('a reader that is slow, or leaves', () => {
  let large: RunningServer;
  beforeAll(async () => {
    const limits = { heavyConcurrency: 1, streamConcurrency: 1, heavyQueue: 0, stallTimeoutMs: 5000 };
    large = await startServer({ limits }, makeLargeDataset);
    await importPets(large);
  }, 120_000);
  afterAll(() => large.close(), 60_000);
  const path = '/v1/datasets/pets/export';
  const streams = async (): Promise<string> =>
    /datavis_streams_running \d/.exec(await (await fetch(`${large.url}/metrics`)).text())?.[0] ?? '';

  test('holds the export back, not our memory', async () => {
    const socket = connect(Number(new URL(large.url).port), '127.0.0.1');
    socket.pause();
    socket.write(`GET ${path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n`);
    await sleep(1500);
    const { rss } = process.memoryUsage();
    await sleep(1500);
    expect(process.memoryUsage().rss - rss).toBeLessThan(32 * 1024 * 1024);
    let bytes = 0;
    socket.on('data', (chunk: Buffer) => (bytes += chunk.length)).resume();
    await once(socket, 'close');
    expect(bytes).toBeGreaterThan(20_000_000);
  }, 60_000);

  test('is cut off when it takes nothing for long, and holds up no statistics until then', async () => {
    const socket = connect(Number(new URL(large.url).port), '127.0.0.1');
    socket.pause();
    socket.write(`GET ${path} HTTP/1.1\r\nhost: localhost\r\n\r\n`);
    await expect.poll(streams).toBe('datavis_streams_running 1');
    expect((await fetch(`${large.url}/v1/datasets/pets/stats`)).status).toBe(200);
    expect(await streams()).toBe('datavis_streams_running 1');
    await expect.poll(streams, { timeout: 15_000, interval: 200 }).toBe('datavis_streams_running 0');
    const closed = once(socket, 'close');
    socket.on('error', () => undefined).resume();
    await closed;
  }, 30_000);

  test('that takes a little at a time is waited for', async () => {
    const socket = connect(Number(new URL(large.url).port), '127.0.0.1');
    socket.write(`GET ${path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n`);
    let bytes = 0;
    const closed = once(socket, 'close');
    socket.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      // For longer than the patience with one that takes nothing.
      if (performance.now() - started < 7000) {
        socket.pause();
        setTimeout(() => socket.resume(), 500);
      }
    });
    const started = performance.now();
    await closed;
    expect(bytes).toBeGreaterThan(20_000_000);
  }, 60_000);

  test('gives its place back at once when it goes', async () => {
    for (const query of ['', '?format=yolo', '?format=parquet', '?format=parquet&table=annotations']) {
      const abort = new AbortController();
      const answer = await fetch(`${large.url}${path}${query}`, { signal: abort.signal });
      expect(answer.status, query).toBe(200);
      const busy = await fetch(`${large.url}${path}`);
      expect(busy.status, query).toBe(503);
      abort.abort();
      await expect.poll(streams, { timeout: 5000 }).toBe('datavis_streams_running 0');
    }
    // Nothing is left behind: the whole export comes as before.
    const digest = async (): Promise<string> =>
      createHash('sha256')
        .update(await bytesOf(await fetch(`${large.url}${path}`)))
        .digest('hex');
    expect(await digest()).toBe(await digest());
  }, 60_000);
});
