import { spawn, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';

const libs = fileURLToPath(new URL('../../', import.meta.url));
const browser = ['chromium', 'chromium-browser', 'google-chrome'].find(
  (name) => spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0,
);
if (browser === undefined) process.stderr.write('NOT RUN: the reader in a browser needs chromium\n');

const PAGE = `<!doctype html>
<script type="importmap">
  {"imports": {"@datavis/plugin-sdk": "/plugin-sdk/src/index.js", "@datavis/ingest-coco": "/ingest-coco/src/index.js"}}
</script>
<script type="module">
  import { readCoco } from '@datavis/ingest-coco';
  import { createCocoWorker } from '/ingest-coco/src/worker/web.js';

  const count = async (reader) => {
    let rows = 0;
    let polygon = [];
    for await (const batch of reader.batches()) {
      rows += batch.length;
      if (batch.table === 'annotations') polygon = Array.from(batch.columns.polygons.values);
    }
    return { rows, polygon, done: reader.cursor.done };
  };
  const images = Array.from({ length: 40_000 }, (_, id) => ({ id, file_name: id + '.jpg' }));
  const annotations = [{ id: 1, image_id: 2, segmentation: [[1.5, 20, 31.25, 4, 567.89, 0.5]] }];
  const file = () => new File([JSON.stringify({ images, annotations })], 'a.json');
  const report = async () => {
    try {
      const body = (await fetch('/results.json')).body;
      return { file: await count(readCoco(file())), fetched: await count(readCoco(body)) };
    } catch (error) {
      return { error: String(error) };
    }
  };
  await fetch('/report', { method: 'POST', body: JSON.stringify(await report()) });
</script>`;

/** A module of the libraries, its types stripped; import maps do not reach into workers, so names are made paths. */
async function moduleText(path: string): Promise<string> {
  const source = await readFile(join(libs, path.replace(/\.js$/, '.ts')), 'utf8');
  const options = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext };
  const { outputText } = ts.transpileModule(source, { compilerOptions: options });
  return outputText.replaceAll("'@datavis/plugin-sdk'", "'/plugin-sdk/src/index.js'");
}

/** Opens a page and gives what it reports. `scripts`: what the policy of the page, and of its workers, lets run. */
async function reportOf(page: string, scripts?: string): Promise<unknown> {
  const profile = await mkdtemp(join(tmpdir(), 'datavis-browser-'));
  let report: (value: unknown) => void = () => undefined;
  const reported = new Promise<unknown>((resolve) => (report = resolve));
  const server = createServer((request, response) => {
    const answer = async (): Promise<void> => {
      const url = request.url ?? '/';
      if (scripts !== undefined) response.setHeader('content-security-policy', `script-src ${scripts}`);
      if (url === '/') response.setHeader('content-type', 'text/html').end(page);
      else if (url === '/results.json') response.end('[{"image_id":1,"score":0.5},{"image_id":2,"score":1}]');
      else if (url === '/report') {
        let text = '';
        for await (const chunk of request) text += String(chunk);
        response.end();
        report(JSON.parse(text));
      } else response.setHeader('content-type', 'text/javascript').end(await moduleText(url));
    };
    answer().catch(() => response.writeHead(404).end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const args = ['--headless=new', '--no-sandbox', '--disable-gpu', `--user-data-dir=${profile}`];
  const child = spawn(browser ?? '', [...args, `http://127.0.0.1:${port}/`], { stdio: 'ignore' });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  try {
    return await reported;
  } finally {
    child.kill('SIGKILL');
    await exited;
    server.closeAllConnections();
    server.close();
    await rm(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

const FOUND = {
  // More than 1 MiB: the polygon is read by WebAssembly, where that may run.
  file: { rows: 40_001, polygon: [1.5, 20, 31.25, 4, 567.89, 0.5], done: true },
  fetched: { rows: 2, polygon: [], done: true },
};

describe.skipIf(browser === undefined)('in a real browser', () => {
  const inWorker = PAGE.replace(
    'const report =',
    'const worker = createCocoWorker();\n  const report =',
  ).replaceAll('count(readCoco(', 'count(worker.readCoco(');

  test('a dropped File and a fetched stream, on the page', { timeout: 60_000 }, async () => {
    expect(await reportOf(PAGE)).toEqual(FOUND);
  });

  test('the same in a Web Worker', { timeout: 60_000 }, async () => {
    expect(await reportOf(inWorker)).toEqual(FOUND);
  });

  test.each([
    ['a page', PAGE],
    ['a Web Worker', inWorker],
  ])('the same in %s whose policy forbids WebAssembly', { timeout: 60_000 }, async (_where, page) => {
    expect(await reportOf(page, "'self' 'unsafe-inline'")).toEqual(FOUND);
  });
});
