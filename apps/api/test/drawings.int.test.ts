import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { importPets, startServer } from './running-server.js';
import type { RunningServer } from './running-server.js';

let server: RunningServer;
beforeAll(async () => {
  server = await startServer();
  await importPets(server);
}, 60_000);
afterAll(() => server.close());

const get = (path: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${server.url}/v1/datasets/pets/${path}`, { headers });

async function overlayOf(id: number): Promise<string> {
  const { items } = (await (await get(`images?id=${id}`)).json()) as { items: { key: string }[] };
  return `images/${items[0]?.key ?? ''}/overlay`;
}

test.each([
  ['image/png', 'png'],
  ['image/jpeg', 'jpeg'],
  ['image/avif,image/jpeg;q=0.5', 'jpeg'],
  ['*/*', 'webp'],
])('Accept %s gives drawings as %s', async (accept, format) => {
  const tags = new Set<string | null>();
  for (const path of [await overlayOf(2), 'contact-sheet?limit=2&tile=64']) {
    const answer = await get(path, { accept });
    expect([answer.status, answer.headers.get('content-type')], path).toEqual([200, `image/${format}`]);
    expect(answer.headers.get('vary'), path).toContain('accept');
    expect((await sharp(Buffer.from(await answer.arrayBuffer())).metadata()).format, path).toBe(format);
    tags.add(answer.headers.get('etag'));
  }
  expect(tags.has((await get(await overlayOf(2), { accept: 'image/gif, image/*' })).headers.get('etag'))).toBe(
    format === 'webp',
  );
  expect((await get(await overlayOf(2), { accept: 'text/html' })).status).toBe(406);
});

test('a sheet of no picture is an answer, not an empty picture', async () => {
  const answer = await get('contact-sheet?category=dgo');
  expect([answer.status, await answer.json()]).toMatchObject([
    404,
    { code: 'DATAVIS_API_NOT_FOUND', hint: 'There is no category "dgo" in this dataset. Did you mean "dog"?' },
  ]);
});

test('an overlay whose annotations have changed has another entity tag, though their keys are the same', async () => {
  const path = await overlayOf(2);
  const first = (await get(path)).headers.get('etag') ?? '';
  expect((await get(path, { 'if-none-match': first })).status).toBe(304);

  const file = join(server.fixture.dir, 'annotations', 'instances_train.json');
  writeFileSync(file, readFileSync(file, 'utf8').replace('[0,20,32,40.5]', '[100,20,32,40.5]'));
  await importPets(server);
  const second = await get(path, { 'if-none-match': first });
  expect([second.status, second.headers.get('etag') === first]).toEqual([200, false]);

  // Colours belong to categories by their order.
  writeFileSync(file, readFileSync(file, 'utf8').replace('"name":"dog"', '"name":"hound"'));
  await importPets(server);
  const third = await get(path, { 'if-none-match': second.headers.get('etag') ?? '' });
  expect(third.status).toBe(200);
});
