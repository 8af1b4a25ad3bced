import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createApi } from '../src/index.js';
import type { ApiEngine, ApiServer } from '../src/index.js';

const chromium = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) =>
  existsSync(path),
);
if (chromium === undefined)
  process.stderr.write('NOT RUN: /docs in a browser needs chromium (apt-get install chromium)\n');

const engine = {
  catalog: { ping: () => Promise.resolve() },
  thumbnails: { formats: ['webp', 'jpeg'] },
} as unknown as ApiEngine;
let server: ApiServer;
let url: string;
beforeAll(async () => {
  server = await createApi(engine, { port: 0 });
  url = await server.listen();
});
afterAll(() => server.close());

describe('/docs', () => {
  test('names no other server', async () => {
    const page = await fetch(`${url}/docs/`);
    expect(page.status).toBe(200);
    const html = await page.text();
    expect(html.match(/(?:src|href)="(?:https?:)?\/\//g)).toBeNull();
    const policy = page.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'self'");
    expect(policy).not.toContain('unsafe-eval');
  });

  test.runIf(chromium)('shows every operation in a headless browser', { timeout: 60_000 }, async () => {
    const args = [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--virtual-time-budget=15000',
      '--dump-dom',
      `${url}/docs/`,
    ];
    const { stdout } = await promisify(execFile)(chromium ?? '', args, {
      timeout: 55_000,
      maxBuffer: 64 * 1024 * 1024,
    });
    const document = (await (await fetch(`${url}/openapi.json`)).json()) as {
      readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly operationId: string }>>>>;
    };
    const ids = Object.values(document.paths).flatMap((methods) =>
      Object.values(methods).map(({ operationId }) => operationId),
    );
    expect(ids.length).toBeGreaterThan(5);
    for (const id of ids) expect(stdout, id).toContain(`-${id}"`);
  });
});
