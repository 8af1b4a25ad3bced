import { execFileSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { datavis, start } from './datavis.js';
import type { Ended } from './datavis.js';

const makeSample = fileURLToPath(new URL('../../../../tools/sample/make-sample.mjs', import.meta.url));

let folder: string;
let sample: string;
let db: string;
let server: { child: ChildProcess; ended: Promise<Ended> };
let url: string;

// Everything that the command line can do while another process, a server, holds the database.
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'datavis-e2e-server-'));
  sample = join(folder, 'sample');
  db = join(folder, 'a.duckdb');
  execFileSync(process.execPath, [makeSample, sample]);
  server = start('serve', '--db', db, '--port', '0', '--root', folder, '--json');
  url = await new Promise<string>((resolve, reject) => {
    server.child.stdout?.on('data', (text: string) => {
      resolve((JSON.parse(text) as { url: string }).url);
    });
    void server.ended.then(({ stderr }) => {
      reject(new Error(stderr));
    });
  });
}, 120_000);
afterAll(async () => {
  server.child.kill('SIGTERM');
  await server.ended;
  rmSync(folder, { recursive: true, force: true });
});

test('a held database names process and URL: exit code 4', async () => {
  const { code, stderr } = await datavis('ls', '--db', db);
  expect(code).toBe(4);
  expect(stderr).toContain(`process ${server.child.pid}`);
  expect(stderr).toContain(`--server ${url}`);
}, 60_000);

test('import, look, draw, export, prove and copy, all through the server', async () => {
  const imported = await datavis('import', sample, '--dataset', 'pets', '--server', url, '--json');
  expect(imported.code, imported.stderr).toBe(0);
  expect(JSON.parse(imported.stdout)).toMatchObject({ dataset: 'pets', imported: { images: 180 } });

  expect((await datavis('ls', '--server', url)).stdout).toMatch(/pets +60 /);
  expect((await datavis('stats', '--server', url)).stdout).toContain('60 images');

  const sheet = join(folder, 'sheet.png');
  const drawn = await datavis(
    'preview',
    'category=boat',
    '--limit',
    '4',
    '--columns',
    '2',
    '--out',
    sheet,
    '--server',
    url,
    '--json',
  );
  expect(JSON.parse(drawn.stdout)).toMatchObject({ pictures: 4, out: sheet });
  expect((await sharp(sheet).metadata()).width).toBe(2 * 262 + 6);

  const zip = join(folder, 'pets.zip');
  const exported = await datavis('export', '--server', url, '--out', zip, '--json');
  expect(exported.code, exported.stderr).toBe(0);
  expect(readFileSync(zip).subarray(0, 2).toString()).toBe('PK');
  expect((await datavis('export', '--server', url, '--out', zip)).code).toBe(2);
  const again = join(folder, 'again.duckdb');
  await datavis('import', zip, '--db', again, '--no-media', '--dataset', 'pets');

  const proof = await datavis('verify', '--server', url, '--json');
  expect(JSON.parse(proof.stdout)).toMatchObject({ equal: true });

  const copy = join(folder, 'copy.duckdb');
  const taken = await datavis('snapshot', '--server', url, '--out', copy, '--json');
  expect(taken.code, taken.stderr).toBe(0);
  const { stdout } = await datavis('diff', 'pets', sample, '--db', copy, '--json');
  expect(JSON.parse(stdout)).toMatchObject({ equal: true });
  const { items } = (await (await fetch(`${url}/v1/snapshots`)).json()) as { items: unknown[] };
  expect(items).toEqual([]);
}, 240_000);
