import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { run } from '../src/run.js';
import { fakeTerminal } from './fake-terminal.js';

let folder: string;
let db: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'datavis-cli-import-'));
  db = join(folder, 'a.duckdb');
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

async function datavis(...argv: string[]) {
  const { terminal, stdout, stderr } = fakeTerminal();
  const code = await run(argv, terminal);
  return { code, stdout: stdout(), stderr: stderr() };
}

const good = JSON.stringify({
  images: [
    { id: 1, file_name: 'a.jpg', width: 4, height: 3 },
    { id: 2, file_name: 'b.jpg', width: 4, height: 3 },
  ],
  annotations: [
    { id: 1, image_id: 1, category_id: 3, bbox: [0, 0, 2, 1], area: 2, iscrowd: 0 },
    { id: 2, image_id: 99, category_id: 3, bbox: [0, 0, 2, 1], area: 2, iscrowd: 0 },
  ],
  categories: [{ id: 3, name: 'cat', supercategory: 'animal' }],
});

function write(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

describe('datavis import', () => {
  test('--json ends with one object on stdout, with counts that add up', async () => {
    const { code, stdout } = await datavis('import', write('a.json', good), '--db', db, '--no-media', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      dataset: expect.any(String) as string,
      read: { images: 2, annotations: 2, categories: 1 },
      imported: { images: 2, annotations: 2, categories: 1 },
      refused: { images: 0, annotations: 0, categories: 0 },
      findings: { 'unknown-image': 1 },
      elapsedMs: expect.any(Number) as number,
    });
  });

  test('for people: what differs in a file that has changed, by table', async () => {
    const call = () => datavis('import', join(folder, 'a.json'), '--db', db, '--no-media', '--dataset', 'pets');
    write('a.json', good);
    await call();
    const { images, annotations, categories } = JSON.parse(good) as Record<string, Record<string, unknown>[]>;
    const changed = { ...annotations?.[0], area: 1.5 };
    write(
      'a.json',
      JSON.stringify({
        images: [...(images ?? []), { id: 3, file_name: 'c.jpg' }],
        annotations: [changed, { ...changed, id: 7 }],
        categories,
      }),
    );
    const { stdout } = await call();
    expect(stdout).toContain('a.json: changed: images 1 added, annotations 1 added 1 removed 1 changed\n');
    write('a.json', `${JSON.stringify({ images, annotations: [changed], categories })}  `);
    await call();
    write('a.json', `${JSON.stringify({ images, annotations: [changed], categories })}   `);
    expect((await call()).stdout).toContain('a.json: changed: no record differs\n');
  });

  test('acceptance 6: of many files twenty are named, and all become one file again', async () => {
    const image = (id: number) => ({
      images: [{ id: 1, file_name: `${id}.jpg` }],
      annotations: [],
      categories: [],
    });
    for (let at = 10; at < 40; at += 1) write(`${at}.json`, JSON.stringify(image(at)));
    const call = () => datavis('import', join(folder, '*.json'), '--db', db, '--no-media', '--dataset', 'many');
    const { stdout } = await call();
    expect(stdout.match(/\.json: imported\n/g)).toHaveLength(20);
    expect(stdout).toContain('  … and 10 more files: 10 imported\n');
    expect((await call()).stdout).toContain('  … and 10 more files: 10 unchanged\n');

    const out = join(folder, 'merged.json');
    const merged = await datavis('export', '--db', db, '--merge', 'renumber', '--out', out);
    expect(merged).toMatchObject({ code: 0, stderr: '' });
    const { images } = JSON.parse(readFileSync(out, 'utf8')) as { images: { id: number }[] };
    expect(images.map(({ id }) => id)).toEqual(Array.from({ length: 30 }, (_, at) => at + 1));
    const clash = await datavis('export', '--db', db, '--merge', 'keep', '--out', out);
    expect(clash.stderr).toContain('DATAVIS_ENGINE_EXPORT_IDS');
    const yolo = await datavis('export', '--db', db, '--merge', 'keep', '--format', 'yolo', '--out', folder);
    expect(yolo).toMatchObject({ code: 2 });
  });

  test('a host that is not allowed is not asked, and the error says what allows it', async () => {
    const { code, stderr } = await datavis('import', 'https://data.example.org/coco/a.json', '--db', db);
    expect(code).toBe(1);
    expect(stderr).toContain(
      'The host data.example.org is not allowed: https://data.example.org/coco [DATAVIS_STORAGE_FORBIDDEN]',
    );
    expect(stderr).toContain('DATAVIS_ALLOW_HTTP_HOSTS=data.example.org');
  });

  test('a file of an allowed host is imported over HTTP', async () => {
    const server = createServer((request, response) => {
      if (request.url !== '/set/a.json') response.writeHead(404).end();
      else response.writeHead(200, { etag: '"1"', 'content-length': good.length }).end(good);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    vi.stubEnv('DATAVIS_ALLOW_HTTP_HOSTS', host);
    try {
      const { code, stdout, stderr } = await datavis(
        'import',
        `http://${host}/set/a.json`,
        '--db',
        db,
        '--json',
        '--no-media',
      );
      expect([code, stderr]).toEqual([0, expect.any(String)]);
      expect(JSON.parse(stdout)).toMatchObject({ imported: { images: 2, annotations: 2, categories: 1 } });
    } finally {
      vi.unstubAllEnvs();
      server.close();
    }
  });

  test('for people: counts, files and findings on stdout, progress on stderr', async () => {
    const path = write('a.json', good);
    const { stdout, stderr } = await datavis('import', path, '--db', db, '--no-media', '--dataset', 'pets');
    expect(stdout).toMatch(/^pets: 2 images, 2 annotations, 1 category imported in /);
    expect(stdout).toContain('1  unknown-image');
    // Nobody watches, and the work is short: no line of progress.
    expect(stderr).toBe('');
    const watched = fakeTerminal({ tty: true });
    expect(await run(['import', path, '--db', `${db}.watched`, '--no-media'], watched.terminal)).toBe(0);
    expect(watched.stderr()).toContain(`a.json: 0% · 0 B of ${Buffer.byteLength(good)} B`);
    expect((await datavis('import', path, '--db', db, '--no-media', '--dataset', 'pets')).stdout).toContain(
      'pets: nothing has changed',
    );
    expect((await datavis('import', path, '--db', db, '--no-media', '--quiet')).stderr).toBe('');
  });

  test('two files about one image: records are counted as read, and what the dataset has beside them', async () => {
    const captions = JSON.stringify({
      images: [{ id: 1, file_name: 'a.jpg', width: 4, height: 3 }],
      annotations: [{ id: 7, image_id: 1, caption: 'a cat' }],
    });
    const paths = [write('a.json', good), write('b.json', captions)];
    const call = ['import', ...paths, '--db', db, '--no-media', '--dataset', 'pets', '--split', 'train'];
    const { stdout } = await datavis(...call);
    const [first, second] = stdout.split('\n');
    expect(first).toMatch(/^pets: 3 images, 3 annotations, 1 category imported in /);
    expect(second).toBe(
      '  the dataset has 2 images, 3 annotations, 1 category, counting once what several files list',
    );
    const again = JSON.parse((await datavis(...call, '--json')).stdout) as object;
    expect(again).toMatchObject({ imported: {}, datasetRows: { images: 2, annotations: 3, categories: 1 } });
  });

  test('malformed JSON: exit code 1, the byte offset, and the database as it was', async () => {
    await datavis('import', write('a.json', good), '--db', db, '--no-media', '--dataset', 'pets');
    const tables = ['datasets', 'sources', 'images', 'annotations', 'categories', 'findings', 'ingest_runs'];
    const counts = async (): Promise<string> => {
      const sql = tables
        .map((table) => `SELECT '${table}' AS name, count(*) AS n FROM ${table}`)
        .join(' UNION ALL ');
      return (await datavis('query', `${sql} ORDER BY name`, '--db', db, '--json')).stdout;
    };
    const before = await counts();
    const text = good.replace('"bbox":[0', '"bbox":[00');
    const { code, stderr, stdout } = await datavis(
      'import',
      write('bad.json', text),
      '--db',
      db,
      '--no-media',
      '--json',
    );
    expect(code).toBe(1);
    expect(stdout).toBe('');
    const told = JSON.parse(stderr.trim().split('\n').at(-1) ?? '') as { error: { code: string; place: object } };
    expect(told.error).toMatchObject({
      code: 'DATAVIS_INGEST_SYNTAX',
      place: { byteOffset: text.indexOf('[00') + 2, section: 'annotations' },
    });
    expect(await counts()).toBe(before);
  });

  test('--policy strict refuses a bad record with exit code 3', async () => {
    const text = good.replace('"id":1,"file_name":"a.jpg"', '"file_name":"a.jpg"');
    const { code, stderr } = await datavis(
      'import',
      write('a.json', text),
      '--db',
      db,
      '--no-media',
      '--policy',
      'strict',
    );
    expect({ code, stderr }).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('DATAVIS_INGEST_STOPPED') as string,
    });
  });

  test('validate reports the same and leaves nothing behind', async () => {
    const { code, stdout } = await datavis('validate', write('a.json', good), '--no-media', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ imported: { annotations: 2 }, findings: { 'unknown-image': 1 } });
    expect((await datavis('query', 'FROM images', '--db', db)).code).toBe(1);
  });

  test('a source that is not there is told plainly', async () => {
    const { code, stderr } = await datavis('import', join(folder, 'none'), '--db', db);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^error: There is no file or folder .*none \[DATAVIS_CLI_NOT_FOUND\]\n {2}Check the path/,
    );
    expect((await datavis('validate', join(folder, 'none'))).code).toBe(1);
  });

  test.each([
    ['nothing to import in the folder', ['.'], 'DATAVIS_ENGINE_LAYOUT_NONE'],
    ['a plugin that is not there', ['a.json', '--plugin', './none.mjs'], 'DATAVIS_PLUGIN_NOT_FOUND'],
    ['a format that nobody reads', ['a.json', '--format', 'none'], 'DATAVIS_PLUGIN_FORMAT'],
  ])('a first import that fails leaves no database: %s', async (_, [source = '', ...options], error) => {
    if (source !== '.') write(source, good);
    const { code, stderr } = await datavis('import', join(folder, source), '--db', db, ...options);
    expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining(error) as string });
    expect(readdirSync(folder)).toEqual(source === '.' ? [] : [source]);
  });

  test('a failed import leaves a database that was there', async () => {
    await datavis('import', write('a.json', good), '--db', db, '--no-media', '--dataset', 'pets');
    rmSync(join(folder, 'a.json'));
    expect((await datavis('import', folder, '--db', db)).code).toBe(1);
    expect((await datavis('ls', '--db', db)).stdout).toContain('pets');
  });
});
