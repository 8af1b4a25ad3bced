import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { rawGet } from './raw-http.js';
import { importPets, startServer } from './running-server.js';
import type { RunningServer } from './running-server.js';

// Answers that are given before the routes see the request must not differ from theirs in anything.
const FRESHNESS_MS = 300;
let server: RunningServer;
let path: string;
beforeAll(async () => {
  server = await startServer({ limits: { mediaFreshnessMs: FRESHNESS_MS } });
  await importPets(server);
  path = await thumbnailOf('000001.jpg');
}, 60_000);
afterAll(() => server.close());

async function thumbnailOf(fileName: string): Promise<string> {
  const { items } = (await (await fetch(`${server.url}/v1/datasets/pets/images`)).json()) as {
    items: { file_name: string; urls: { thumbnail: string } }[];
  };
  return items.find((item) => item.file_name === fileName)?.urls.thumbnail ?? expect.fail('no such image');
}

async function ask(headers: Readonly<Record<string, string>> = {}): ReturnType<typeof rawGet> {
  return rawGet(server.url, path, { accept: 'image/webp', ...headers });
}

function lasting({ headers, ...answer }: Awaited<ReturnType<typeof rawGet>>): unknown {
  const own = new Set(['date', 'x-request-id']);
  const rest = Object.entries(headers).filter(([name]) => !own.has(name));
  return { status: answer.status, body: answer.body, headers: Object.fromEntries(rest) };
}

async function warmHits(): Promise<number> {
  const text = await (await fetch(`${server.url}/metrics`)).text();
  return Number(/^datavis_warm_answers_total (\d+)$/m.exec(text)?.[1] ?? Number.NaN);
}

describe('a repeated thumbnail', () => {
  test('is answered at once, with the same bytes and headers as by the routes', async () => {
    await ask();
    await sleep(FRESHNESS_MS + 150);
    const byRoutes = await ask();
    const before = await warmHits();
    const warm = await ask();
    expect(await warmHits()).toBe(before + 1);
    expect(byRoutes.status).toBe(200);
    expect(lasting(warm)).toEqual(lasting(byRoutes));
    expect(warm.headers['x-request-id']).not.toBe(byRoutes.headers['x-request-id']);
    const etag = warm.headers['etag'] ?? '';
    const unchanged = await ask({ 'if-none-match': etag });
    expect([unchanged.status, unchanged.body, unchanged.headers['etag']]).toEqual([304, '', etag]);
  });

  test.each([
    [{ host: 'evil.example' }, 403],
    [{ origin: 'https://evil.example' }, 403],
    [{ accept: 'image/jpeg' }, 200],
    [{ accept: 'text/html' }, 406],
  ])('is not answered at once for %j', async (headers, status) => {
    await ask();
    const answer = await ask(headers);
    expect(answer.status).toBe(status);
    if (status === 200) expect(answer.headers['content-type']).toBe('image/jpeg');
  });

  test('shows the new picture when its file is replaced, and nothing when it is gone', async () => {
    const file = join(server.fixture.dir, 'train', '000001.jpg');
    const before = await ask();
    writeFileSync(
      file,
      await sharp({ create: { width: 50, height: 40, channels: 3, background: 'red' } })
        .jpeg()
        .toBuffer(),
    );
    await sleep(FRESHNESS_MS + 150);
    const after = await ask();
    expect(after.headers['etag']).not.toBe(before.headers['etag']);
    // The URL names the old version: the new picture must not be kept for ever under it.
    expect([before.headers['cache-control'], after.headers['cache-control']]).toEqual([
      'private, max-age=31536000, immutable',
      'private, no-cache',
    ]);
    rmSync(file);
    await sleep(FRESHNESS_MS + 150);
    expect((await ask()).status).toBe(404);
  });
});

test('with a token, a repeated thumbnail asks for it too', async () => {
  const token = 'correct-horse-battery-staple';
  const closed = await startServer({ token });
  const headers = { authorization: `Bearer ${token}` };
  try {
    const json = async (url: string, init: object = {}): Promise<unknown> =>
      (
        await fetch(`${closed.url}${url}`, { headers: { ...headers, 'content-type': 'application/json' }, ...init })
      ).json();
    await json('/v1/imports', {
      method: 'POST',
      body: JSON.stringify({ sources: [closed.fixture.dir], dataset: 'pets' }),
    });
    await expect
      .poll(async () => (await json('/v1/imports')) as object, { timeout: 20_000 })
      .toMatchObject({ items: [{ state: 'done' }] });
    const url = '/v1/datasets/pets/images/1/thumbnail';
    for (let round = 0; round < 3; round++) expect((await rawGet(closed.url, url, headers)).status).toBe(200);
    for (const wrong of [{}, { authorization: 'Bearer wrong' }, { cookie: 'datavis_session=x' }]) {
      expect((await rawGet(closed.url, url, wrong)).status).toBe(401);
    }
  } finally {
    await closed.close();
  }
}, 60_000);
