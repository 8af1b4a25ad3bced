import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startIn } from './datavis.js';

// One rule for the command line and the server: where the config of plugins is looked for, and where never.

let folder: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'datavis-e2e-config-')));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function write(path: string, text: string): string {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

/** A config file with one plugin, by hand, that writes down that it was run. */
function config(path: string, name: string): string {
  const brand = "{ kind: 'plugin', api: 1, sdk: '0.1.0', features: [] }";
  return write(path, `export default { plugins: [{ name: '${name}', version: '1.0.0', '~datavis': ${brand} }] };`);
}

const COCO = JSON.stringify({ images: [{ id: 1, file_name: 'a.jpg' }], annotations: [], categories: [] });

/** Plugins that an import in `cwd` used, by the database's own account. */
async function importedWith(cwd: string, ...argv: string[]): Promise<readonly string[]> {
  const db = join(folder, `${Math.random()}.duckdb`);
  const imported = await startIn(cwd, 'import', ...argv, '--db', db, '--no-media', '--json').ended;
  expect(imported.code, imported.stderr).toBe(0);
  const sql =
    "SELECT schema_name AS name FROM duckdb_schemas() WHERE starts_with(schema_name, 'plg_') ORDER BY ALL";
  const { stdout } = await startIn(folder, 'query', sql, '--db', db, '--json').ended;
  return (JSON.parse(stdout) as { name: string }[]).map(({ name }) => name.slice('plg_'.length));
}

/** Plugins that a server started in `cwd` has. */
async function servedWith(cwd: string, ...argv: string[]): Promise<readonly string[]> {
  const db = join(folder, `${Math.random()}.duckdb`);
  const { child, ended } = startIn(cwd, 'serve', '--db', db, '--port', '0', '--json', ...argv);
  try {
    const url = await new Promise<string>((resolve, reject) => {
      child.stdout?.on('data', (text: string) => {
        resolve((JSON.parse(text) as { url: string }).url);
      });
      void ended.then(({ stderr }) => {
        reject(new Error(stderr));
      });
    });
    const { items } = (await (await fetch(`${url}/v1/plugins`)).json()) as { items: { name: string }[] };
    return items.map(({ name }) => name);
  } finally {
    child.kill('SIGTERM');
    await ended;
  }
}

test('the nearest config upward, to the repository root; --config names another', async () => {
  config('repo/datavis.config.mjs', 'nearest');
  config('datavis.config.mjs', 'beyond');
  const other = config('other.mjs', 'other');
  mkdirSync(join(folder, 'repo/.git'));
  const cwd = join(folder, 'repo/a/b');
  mkdirSync(cwd, { recursive: true });
  const coco = write('data/coco.json', COCO);

  expect(await importedWith(cwd, coco)).toEqual(['nearest']);
  expect(await servedWith(cwd)).toEqual(['nearest']);
  expect(await importedWith(cwd, coco, '--config', other)).toEqual(['other']);
  expect(await servedWith(cwd, '--config', other)).toEqual(['other']);

  rmSync(join(folder, 'repo/datavis.config.mjs'));
  expect(await importedWith(cwd, coco)).toEqual([]);
  expect(await servedWith(cwd)).toEqual([]);
}, 120_000);

test('never one inside a dataset, though the program is started there', async () => {
  config('dataset/datavis.config.mjs', 'stranger');
  write('dataset/annotations.json', COCO);
  const cwd = join(folder, 'dataset');

  expect(await importedWith(cwd, '.')).toEqual([]);
  expect(await importedWith(cwd, `file://${cwd}`)).toEqual([]);
  expect(await servedWith(cwd, '--root', folder)).toEqual([]);
  // Elsewhere it is what its user wrote.
  expect(await servedWith(cwd)).toEqual(['stranger']);
}, 120_000);
