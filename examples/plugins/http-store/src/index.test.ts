import { deepStrictEqual, rejects, strictEqual } from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { conformance, createTestHost, storageConformance } from '@datavis/plugin-testing';
import { HttpStore } from './http-store.js';
import { httpStore } from './index.js';

/** A small static server: HEAD, ranges, ETag, 404. */
async function serve(files: Map<string, Uint8Array>): Promise<{ url: string; server: Server }> {
  const server = createServer((request, response) => {
    const path = (request.url ?? '')
      .split('/')
      .map(decodeURIComponent)
      .join('/')
      .replace(/^\/data\//, '');
    const index = Buffer.from([...files.keys()].map((key) => `${key}\n`).join(''));
    const bytes = path === 'index.txt' ? index : files.get(path);
    if (bytes === undefined) {
      response.writeHead(404).end();
      return;
    }
    const etag = `"${createHash('sha1').update(bytes).digest('hex')}"`;
    const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '');
    const start = Number(range?.[1] ?? 0);
    const last = range?.[2] ?? '';
    const end = Math.min(last === '' ? bytes.length : Number(last) + 1, bytes.length);
    if (range !== null && start >= bytes.length) {
      response.writeHead(416, { 'content-range': `bytes */${bytes.length}` }).end();
      return;
    }
    const body = bytes.subarray(start, end);
    response.writeHead(range === null ? 200 : 206, {
      etag,
      'content-length': body.length,
      ...(range !== null && { 'content-range': `bytes ${start}-${end - 1}/${bytes.length}` }),
    });
    response.end(request.method === 'HEAD' ? undefined : body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { url: `static+http://127.0.0.1:${(server.address() as AddressInfo).port}/data`, server };
}

function stop(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => {
    server.close(() => {
      resolve();
    });
  });
}

storageConformance(
  {
    capabilities: { write: false, list: true, ranges: true, pinned: true },
    manyObjects: 500,
    // An index of lines cannot hold a name with a line break, and a URL cannot hold these parts.
    impossibleKeys: (key) => /[\n\r]/.test(key) || key.split('/').some((part) => part === '.' || part === '..'),
    async create(objects) {
      const files = new Map(objects);
      const { url, server } = await serve(files);
      return {
        store: new HttpStore(url),
        replace: async (key, bytes) => void files.set(key, bytes),
        close: () => stop(server),
      };
    },
  },
  { describe, it },
);

it('a plugin’s scheme is opened through the host', async () => {
  const { url, server } = await serve(new Map([['a.json', Buffer.from('{}')]]));
  const host = await createTestHost({ plugins: [httpStore] });
  try {
    const store = await (await host.host.contextOf('http_store')).storage.open(url);
    strictEqual((await store.stat('a.json'))?.size, 2);
    deepStrictEqual(await store.stat('b.json'), undefined);
  } finally {
    await host.close();
    await stop(server);
  }
});

it('no key leads out of the root', async () => {
  await rejects(new HttpStore('static+http://127.0.0.1:9/data').stat('../secret'), {
    code: 'DATAVIS_STORAGE_FORBIDDEN',
  });
});

conformance(httpStore, { packageFolder: fileURLToPath(new URL('..', import.meta.url)) }, { describe, it });
