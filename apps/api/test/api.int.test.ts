import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { unwrap } from '@datavis/client';
import { tableFromIPC } from 'apache-arrow';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { rawGet, rawPost } from './raw-http.js';
import { importPets, startServer } from './running-server.js';
import type { RunningServer } from './running-server.js';

let server: RunningServer;
const path = { dataset: 'pets' };
const images = '/v1/datasets/{dataset}/images';

beforeAll(async () => {
  server = await startServer();
  const job = await importPets(server);
  expect(job.error).toBeNull();
  expect(job).toMatchObject({
    state: 'done',
    result: { dataset: 'pets', imported: { images: 24, annotations: 30 } },
  });
}, 60_000);
afterAll(() => server.close());

async function keyOf(fileName: string): Promise<string> {
  const { items } = unwrap(await server.client.GET(images, { params: { path, query: { limit: 100 } } })) as {
    items: { key: string; file_name: string }[];
  };
  return items.find((image) => image.file_name === fileName)?.key ?? expect.fail(`no image ${fileName}`);
}
const imageUrl = async (fileName: string): Promise<string> =>
  `${server.url}/v1/datasets/pets/images/${await keyOf(fileName)}`;

describe('datasets', () => {
  test('are listed with counts; one image of two annotation files is one image', async () => {
    const { items } = unwrap(await server.client.GET('/v1/datasets'));
    expect(items).toMatchObject([
      { name: 'pets', splits: ['train', 'val'], counts: { images: 12, annotations: 30, categories: 3 } },
    ]);
    expect(unwrap(await server.client.GET('/v1/datasets/{dataset}', { params: { path } }))).toEqual(items[0]);
  });
  test('that are not there are 404 with a code', async () => {
    for (const suffix of [
      '',
      '/images',
      '/annotations',
      '/categories',
      '/stats',
      '/findings',
      '/images/1',
      '/images/1/thumbnail',
    ]) {
      const answer = await fetch(`${server.url}/v1/datasets/nope${suffix}`);
      expect(answer.status, suffix).toBe(404);
      expect(((await answer.json()) as { code: string }).code, suffix).toMatch(/_NOT_FOUND$/);
    }
  });
  test('categories, statistics, findings', async () => {
    expect(
      unwrap(await server.client.GET('/v1/datasets/{dataset}/categories', { params: { path } })).items,
    ).toMatchObject([
      { id: 1, name: 'dog' },
      { id: 7, name: "o'sofa" },
      { id: 90, name: 'person', keypoints: ['nose', 'tail'], skeleton: [[1, 2]] },
    ]);
    expect(unwrap(await server.client.GET('/v1/datasets/{dataset}/stats', { params: { path } }))).toMatchObject({
      images: { total: 12 },
      annotations: { total: 30, crowd: 6 },
      categories: [
        { name: 'dog', annotations: 9 },
        { name: "o'sofa", annotations: 6 },
        { name: 'person', annotations: 3 },
      ],
    });
    expect(unwrap(await server.client.GET('/v1/datasets/{dataset}/findings', { params: { path } }))).toHaveProperty(
      'counts',
    );
  });
});

describe('images', () => {
  test('hold what the source said, exactly', async () => {
    const key = await keyOf('000003.jpg');
    const image = unwrap(
      await server.client.GET('/v1/datasets/{dataset}/images/{image}', {
        params: { path: { ...path, image: key } },
      }),
    );
    expect(image).toMatchObject({
      id: '9007199254740993',
      split: 'train',
      width: 320,
      height: 203,
      extra: { weather: { rain: false } },
    });
    const boxes = image.annotations.filter(({ caption }) => caption === null);
    expect(boxes).toMatchObject([
      { category: 'dog', bbox: [0, 20, 33, 40.5], area: 300, segmentation: [[10, 20, 40, 20, 40, 60.5]] },
      { category: "o'sofa", iscrowd: true, segmentation: { size: [203, 320] } },
      { category: 'person', keypoints: [15, 25, 2, 30, 50, 1], num_keypoints: 2 },
    ]);
    expect(image.annotations.filter(({ caption }) => caption !== null)).toMatchObject([
      { caption: 'picture number 3' },
    ]);
    const listed = unwrap(
      await server.client.GET('/v1/datasets/{dataset}/images/{image}/annotations', {
        params: { path: { ...path, image: key } },
      }),
    );
    expect(listed.items).toEqual(image.annotations);
  });

  test('are filtered and paged; pages are the whole', async () => {
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = unwrap(
        await server.client.GET(images, {
          params: {
            path,
            query: { category: ["o'sofa"], limit: 2, sort: '-file_name', ...(cursor !== undefined && { cursor }) },
          },
        }),
      ) as { items: { file_name: string }[]; next: string | null };
      seen.push(...page.items.map(({ file_name }) => file_name));
      cursor = page.next ?? undefined;
    } while (cursor !== undefined);
    expect(seen).toEqual([
      'ein Bild ü%20#2.jpg',
      '000011.jpg',
      '000010.jpg',
      '000007.jpg',
      '000006.jpg',
      '000003.jpg',
    ]);
  });

  test('come with their annotations when asked', async () => {
    const { items } = unwrap(
      await server.client.GET(images, { params: { path, query: { include: 'annotations', limit: 5 } } }),
    ) as { items: { annotations: unknown[] }[] };
    expect(items.map(({ annotations }) => annotations.length)).toEqual([2, 3, 4, 1, 2]);
  });

  test('come as lines of JSON and as an Arrow stream, all of them', async () => {
    const lines = await (
      await fetch(`${server.url}/v1/datasets/pets/annotations?crowd=true`, {
        headers: { accept: 'application/x-ndjson' },
      })
    ).text();
    expect(
      lines
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as { category: string }).category),
    ).toEqual(Array(6).fill("o'sofa"));
    const arrow = await fetch(`${server.url}/v1/datasets/pets/annotations?category=person`, {
      headers: { accept: 'application/vnd.apache.arrow.stream' },
    });
    const table = tableFromIPC(new Uint8Array(await arrow.arrayBuffer()));
    expect(table.numRows).toBe(3);
    expect(table.getChild('image_id')?.get(0)).toBe(9007199254740993n);
    expect(
      (await fetch(`${server.url}/v1/datasets/pets/images`, { headers: { accept: 'image/png' } })).status,
    ).toBe(406);
  });

  test('of a list are asked for with known parameters, and the answer names the one that is wrong', async () => {
    for (const [query, detail] of [
      ['categry=dog', 'querystring takes no "categry"'],
      [
        'sort=size',
        'querystring/sort must be one of key, -key, file_name, -file_name, width, -width, height, -height',
      ],
      ['limit=0', 'querystring/limit must be >= 1'],
    ] as const) {
      const answer = await fetch(`${server.url}/v1/datasets/pets/images?${query}`);
      expect([answer.status, ((await answer.json()) as { detail: string }).detail]).toEqual([400, detail]);
    }
  });

  test('that nobody can find are told by the name that is not there', async () => {
    for (const list of ['images', 'annotations']) {
      const answer = await fetch(`${server.url}/v1/datasets/pets/${list}?category=dgo`);
      expect(await answer.json(), list).toEqual({
        items: [],
        next: null,
        hint: 'There is no category "dgo" in this dataset. Did you mean "dog"?',
      });
    }
    expect(await (await fetch(`${server.url}/v1/datasets/pets/images?category=dog&area=..0`)).json()).toEqual({
      items: [],
      next: null,
    });
  });

  test('as a stream take no parameters of pages, and HEAD of one reads no rows', async () => {
    const accept = 'application/x-ndjson';
    const ask = (query: string, method = 'GET'): Promise<Response> =>
      fetch(`${server.url}/v1/datasets/${query}`, { method, headers: { accept } });
    for (const [query, name] of [
      ['limit=2', 'limit'],
      ['cursor=WyJrZXkiLCIxIl0', 'cursor'],
      ['include=annotations', 'include'],
      ['prefetch=256', 'prefetch'],
    ] as const) {
      const answer = await ask(`pets/images?${query}`);
      expect([answer.status, ((await answer.json()) as { detail: string }).detail], query).toEqual([
        400,
        `A stream is all rows: it takes no ${name}`,
      ]);
    }
    const head = await ask('pets/images', 'HEAD');
    expect([head.status, head.headers.get('content-type')]).toEqual([200, accept]);
    expect((await ask('nope/images', 'HEAD')).status).toBe(404);
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    expect(metrics).toContain('datavis_streams_running 0');
  });
});

describe('originals', () => {
  test('are the file, byte for byte, with the type of the bytes', async () => {
    const bytes = readFileSync(join(server.fixture.dir, 'train', 'ein Bild ü%20#2.jpg'));
    const answer = await fetch(`${await imageUrl('ein Bild ü%20#2.jpg')}/media`);
    expect(answer.status).toBe(200);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'image/jpeg',
      'content-length': String(bytes.length),
      'accept-ranges': 'bytes',
      'x-content-type-options': 'nosniff',
      'content-security-policy': expect.stringContaining('sandbox') as string,
    });
    expect(Buffer.from(await answer.arrayBuffer()).equals(bytes)).toBe(true);
  });

  test('HEAD, ranges, conditions', async () => {
    const url = `${await imageUrl('000001.jpg')}/media`;
    const bytes = readFileSync(join(server.fixture.dir, 'train', '000001.jpg'));
    const head = await fetch(url, { method: 'HEAD' });
    expect([head.status, head.headers.get('content-length'), (await head.arrayBuffer()).byteLength]).toEqual([
      200,
      String(bytes.length),
      0,
    ]);
    const etag = head.headers.get('etag') ?? '';
    const part = await fetch(url, { headers: { range: 'bytes=10-19' } });
    expect([part.status, part.headers.get('content-range')]).toEqual([206, `bytes 10-19/${bytes.length}`]);
    expect(Buffer.from(await part.arrayBuffer()).equals(bytes.subarray(10, 20))).toBe(true);
    const beyond = await fetch(url, { headers: { range: 'bytes=9999999-' } });
    expect([beyond.status, beyond.headers.get('content-range')]).toEqual([416, `bytes */${bytes.length}`]);
    expect((await fetch(url, { headers: { range: 'bytes=0-1', 'if-range': '"other"' } })).status).toBe(200);
    expect((await fetch(url, { headers: { range: 'bytes=0-1', 'if-range': etag } })).status).toBe(206);
    const unchanged = await fetch(url, { headers: { 'if-none-match': `"x", ${etag}` } });
    expect([unchanged.status, unchanged.headers.get('etag'), (await unchanged.arrayBuffer()).byteLength]).toEqual([
      304,
      etag,
      0,
    ]);
  });

  test('a missing file is 404, and so is an image of no dataset', async () => {
    expect((await fetch(`${await imageUrl('000004.jpg')}/media`)).status).toBe(404);
    expect((await fetch(`${server.url}/v1/datasets/pets/images/999/media`)).status).toBe(404);
  });
});

describe('thumbnails', () => {
  test.each([
    ['image/avif,image/webp,*/*', 'webp'],
    ['image/jpeg', 'jpeg'],
    ['*/*', 'webp'],
  ])('Accept %s gives %s', async (accept, format) => {
    const answer = await fetch(`${await imageUrl('000001.jpg')}/thumbnail?size=128`, { headers: { accept } });
    expect(answer.headers.get('content-type')).toBe(`image/${format}`);
    const info = await sharp(Buffer.from(await answer.arrayBuffer())).metadata();
    expect([info.format, info.width, info.height]).toEqual([format, 128, 80]);
  });

  test('sizes lie on a ladder; other sizes, formats and types are refused', async () => {
    const url = `${await imageUrl('000001.jpg')}/thumbnail`;
    for (const size of [64, 128, 256, 512, 1024]) expect((await fetch(`${url}?size=${size}`)).status).toBe(200);
    for (const query of [
      'size=65',
      'size=0',
      'size=-1',
      'size=1e9',
      'size=NaN',
      'format=svg',
      'fit=fill',
      'quality=100',
    ]) {
      expect((await fetch(`${url}?${query}`)).status, query).toBe(400);
    }
    expect((await fetch(url, { headers: { accept: 'text/html' } })).status).toBe(406);
  });

  test('an entity tag saves the bytes; one with the version may be kept for ever', async () => {
    const url = `${await imageUrl('000001.jpg')}/thumbnail`;
    const first = await fetch(url);
    const etag = first.headers.get('etag') ?? '';
    expect(first.headers.get('cache-control')).toBe('private, no-cache');
    expect(first.headers.get('vary')).toBe('accept');
    expect((await fetch(url, { headers: { 'if-none-match': etag } })).status).toBe(304);
    expect((await fetch(`${url}?size=64`, { headers: { 'if-none-match': etag } })).status).toBe(200);
  });
});

describe('drawings', () => {
  const pixels = async (url: string): Promise<{ data: Buffer; info: { width: number; height: number } }> =>
    sharp(Buffer.from(await (await fetch(url)).arrayBuffer()))
      .removeAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });

  test('an overlay is the picture with something drawn where the annotations are, and nowhere else', async () => {
    const url = await imageUrl('000003.jpg');
    const [plain, drawn] = [
      await pixels(`${url}/thumbnail?size=512&upright=false`),
      await pixels(`${url}/overlay?size=512`),
    ];
    expect([drawn.info.width, drawn.info.height]).toEqual([320, 203]);
    const differs = (x: number, y: number): boolean =>
      [0, 1, 2].some(
        (c) => Math.abs((plain.data[(y * 320 + x) * 3 + c] ?? 0) - (drawn.data[(y * 320 + x) * 3 + c] ?? 0)) > 40,
      );
    const count = (fromX: number, toX: number): number => {
      let found = 0;
      for (let y = 0; y < 203; y++) for (let x = fromX; x < toX; x++) if (differs(x, y)) found++;
      return found;
    };
    expect(count(0, 60)).toBeGreaterThan(100);
    expect(count(200, 320)).toBe(0);
  });

  test('a contact sheet holds the pictures that match', async () => {
    const { info } = await pixels(
      `${server.url}/v1/datasets/pets/contact-sheet?category=person&columns=2&tile=128`,
    );
    expect(info.width).toBe(2 * 134 + 6);
    expect(info.height).toBeLessThanOrEqual(2 * 134 + 6);
    expect(info.height).toBeGreaterThan(134 + 6);
  });
});

test('an answer without a body states none, so that the next one on the connection is understood', async () => {
  const path = new URL(await imageUrl('000001.jpg')).pathname;
  for (const part of ['thumbnail', 'media']) {
    const answer = await rawGet(server.url, `${path}/${part}`, { 'if-none-match': '*' });
    expect([answer.status, answer.headers['content-length'], answer.body], part).toEqual([304, undefined, '']);
  }
  const session = await rawPost(server.url, '/v1/session', '{}');
  expect([session.status, session.headers['content-length'], session.body]).toEqual([204, undefined, '']);
});

describe('imports', () => {
  test('again: nothing changes, and it says so', async () => {
    const job = await importPets(server);
    expect(job).toMatchObject({
      state: 'done',
      result: {
        sources: [{ state: 'unchanged' }, { state: 'unchanged' }, { state: 'unchanged' }, { state: 'unchanged' }],
      },
    });
    expect(unwrap(await server.client.GET('/v1/datasets')).items[0]?.counts).toEqual({
      images: 12,
      annotations: 30,
      categories: 3,
    });
  });

  test('from outside of the roots are refused', async () => {
    for (const source of [
      '/etc/passwd',
      join(server.fixture.dir, '..'),
      `${server.fixture.dir}/../pets2`,
      'http://169.254.169.254/',
      'gs://bucket/x',
    ]) {
      const { error, response } = await server.client.POST('/v1/imports', { body: { sources: [source] } });
      expect([response.status, error?.code], source).toEqual([403, 'DATAVIS_API_ROOT_NOT_ALLOWED']);
    }
  });

  test('unknown ones are 404, ended ones cannot be stopped', async () => {
    const { items } = unwrap(await server.client.GET('/v1/imports'));
    const job = items[0]?.id ?? '';
    expect(
      (await server.client.POST('/v1/imports/{job}/cancel', { params: { path: { job } } })).response.status,
    ).toBe(409);
    expect(
      (
        await server.client.GET('/v1/imports/{job}', {
          params: { path: { job: '00000000-0000-4000-8000-000000000000' } },
        })
      ).response.status,
    ).toBe(404);
    expect((await fetch(`${server.url}/v1/imports/not-a-uuid`)).status).toBe(400);
  });
});

test('plugins: none here, and an operation of none is 404', async () => {
  expect(unwrap(await server.client.GET('/v1/plugins')).items).toEqual([]);
  const answer = await server.client.POST('/v1/plugins/{namespace}/operations/{operation}', {
    params: { path: { namespace: 'a', operation: 'b' } },
    body: {},
  });
  expect(answer.response.status).toBe(404);
});

test('a restart keeps data, jobs and thumbnails', async () => {
  const before = unwrap(await server.client.GET('/v1/imports')).items;
  server = await server.restart();
  expect(unwrap(await server.client.GET('/v1/imports')).items).toEqual(before);
  expect((await fetch(`${await imageUrl('000001.jpg')}/thumbnail`)).status).toBe(200);
  expect((await fetch(`${server.url}/ready`)).status).toBe(200);
});
