import { spawn, spawnSync } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { askCatalog } from '../../testing/ask-catalog.js';
import { migrate } from '../catalog/migrations.js';
import { openDuckDb } from '../duckdb-node/duckdb-node.js';
import { createCatalogReader } from '../query/catalog-reader.js';

const browser = ['chromium', 'chromium-browser', 'google-chrome'].find(
  (name) => spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0,
);
if (browser === undefined) process.stderr.write('NOT RUN: duckdb-wasm in a browser needs chromium\n');

const engineFolder = dirname(createRequire(import.meta.url).resolve('@duckdb/duckdb-wasm'));
const source = fileURLToPath(new URL('..', import.meta.url));
const testing = fileURLToPath(new URL('../../testing/', import.meta.url));

const PAGE = `
  import * as duckdb from 'duckdb-browser-blocking';
  import { Catalog, createCatalogReader } from '${source}index.ts';
  import { openBrowserDatabase } from '${source}duckdb-wasm/browser.ts';
  import { askCatalog } from '${testing}ask-catalog.ts';
  const report = async () => {
    const file = new Uint8Array(await (await fetch('/catalog.duckdb')).arrayBuffer());
    const opened = await openBrowserDatabase({ duckdb, wasmUrl: '/duckdb-eh.wasm', file });
    const answers = await askCatalog(createCatalogReader(opened));
    await opened.close();
    const empty = await openBrowserDatabase({ duckdb, wasmUrl: '/duckdb-eh.wasm' });
    await Catalog.open(empty);
    const connection = await empty.connect();
    const keys = { type: 'i64', values: BigInt64Array.from({ length: 2048 }, (_, at) => BigInt(at)) };
    await connection.transaction(() => connection.append('annotations', { annotation_key: keys }, 2048));
    const [{ sum }] = await connection.all('SELECT sum(annotation_key)::BIGINT AS sum FROM annotations');
    await empty.close();
    return { answers, appended: String(sum) };
  };
  const said = await report().catch((error) => ({ error: String(error?.stack ?? error) }));
  await fetch('/report', { method: 'POST', body: JSON.stringify(said) });`;

/** What goes wrong before the page's script runs is reported too, instead of being waited for. */
const HTML = `<!doctype html><script>
  const wrong = (text) => fetch('/report', { method: 'POST', body: JSON.stringify({ error: text }) });
  addEventListener('error', (event) => wrong(String(event.message)));
  addEventListener('unhandledrejection', (event) => wrong(String(event.reason)));
</script><script type="module" src="/page.js" onerror="wrong('page.js was not loaded')"></script>`;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'datavis-wasm-browser-'));
});
afterEach(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));

/** A catalog in a file, made by the native engine. */
async function makeCatalog(path: string): Promise<void> {
  const database = await openDuckDb(path);
  const connection = await database.connect();
  await migrate(connection);
  await connection.run(`
    INSERT INTO datasets VALUES (1, 'pets', 'file:///pets', TIMESTAMP '2026-01-01');
    INSERT INTO splits VALUES (1, 1, 'train');
    INSERT INTO categories (category_key, dataset_key, id, name) VALUES (1, 1, 1, 'dog'), (2, 1, 2, 'chat 😀');
    INSERT INTO images (image_key, dataset_key, split_key, id, file_name, width, height)
      SELECT n, 1, 1, n * 9007199254740993, 'é' || n || '.jpg', 10, 20 FROM range(1, 21) t(n);
    INSERT INTO annotations (annotation_key, dataset_key, image_key, category_key, area, bbox_w, bbox_h, polygons)
      SELECT n, 1, 1 + n % 17, 1 + n % 2, n / 4, n, 3, [[n, 0.5], []] FROM range(1, 301) t(n);`);
  await connection.close();
  await database.close();
}

async function bundle(): Promise<string> {
  const entry = 'virtual:page';
  await build({
    configFile: false,
    logLevel: 'error',
    root: source,
    resolve: {
      conditions: ['@datavis/source', 'browser', 'module', 'import'],
      alias: { 'duckdb-browser-blocking': join(engineFolder, 'duckdb-browser-blocking.mjs') },
    },
    plugins: [
      {
        name: 'page',
        resolveId: (id) => (id === entry ? `${source}page.js` : undefined),
        load: (id) => (id === `${source}page.js` ? PAGE : undefined),
      },
    ],
    build: {
      outDir: folder,
      emptyOutDir: false,
      target: 'es2022',
      minify: false,
      rolldownOptions: { input: entry, output: { entryFileNames: 'page.js' } },
    },
  });
  return join(folder, 'page.js');
}

/** Serves the page and gives what it reports. */
async function reportOf(files: Readonly<Record<string, string>>): Promise<unknown> {
  let report: (value: unknown) => void = () => undefined;
  const reported = new Promise<unknown>((resolve) => (report = resolve));
  const types: Readonly<Record<string, string>> = { js: 'text/javascript', wasm: 'application/wasm' };
  const server = createServer((request, response) => {
    const url = request.url ?? '/';
    // The bundler puts its own chunks there.
    const path = url.startsWith('/assets/') ? join(folder, url) : files[url];
    if (url === '/') response.setHeader('content-type', 'text/html').end(HTML);
    else if (url === '/report') {
      let text = '';
      request.on('data', (chunk: Buffer) => (text += chunk.toString()));
      request.on('end', () => {
        response.end();
        report(JSON.parse(text));
      });
    } else if (path === undefined) response.writeHead(404).end();
    else {
      response.setHeader('content-type', types[url.split('.').at(-1) ?? ''] ?? 'application/octet-stream');
      createReadStream(path).pipe(response);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const args = ['--headless=new', '--no-sandbox', '--disable-gpu', `--user-data-dir=${join(folder, 'profile')}`];
  const child = spawn(browser ?? '', [...args, `http://127.0.0.1:${port}/`], { stdio: 'ignore' });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  try {
    return await reported;
  } finally {
    child.kill('SIGKILL');
    await exited;
    server.closeAllConnections();
    server.close();
  }
}

describe.skipIf(browser === undefined)('duckdb-wasm in a real browser', () => {
  test(
    'answers what the native engine answers of the same file, and loads rows',
    { timeout: 300_000 },
    async () => {
      const catalog = join(folder, 'catalog.duckdb');
      await makeCatalog(catalog);
      const before = await readFile(catalog);
      const report = await reportOf({
        '/page.js': await bundle(),
        '/catalog.duckdb': catalog,
        '/duckdb-eh.wasm': join(engineFolder, 'duckdb-eh.wasm'),
      });
      expect(await readFile(catalog)).toEqual(before);
      const database = await openDuckDb(catalog, { readOnly: true });
      const answers = await askCatalog(createCatalogReader(database));
      await database.close();
      expect(report).toEqual({ answers, appended: String((2047 * 2048) / 2) });
    },
  );
});
