import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compose, readConfig } from '@datavis/api/application';
import type { ApiConfig, Application } from '@datavis/api/application';
import { DataVisError } from '@datavis/plugin-sdk';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { run } from '../src/run.js';
import { withServerHint } from '../src/server/held-hint.js';
import { fakeTerminal } from './fake-terminal.js';

// The same commands over the file, and then through a server that holds it: the same answers.
let folder: string;
let db: string;
let application: Application;
let url: string;

async function datavis(...argv: string[]) {
  const { terminal, stdout, stderr } = fakeTerminal();
  const code = await run(argv, terminal);
  return { code, stdout: stdout(), stderr: stderr() };
}

const images = Array.from({ length: 40 }, (_, id) => ({
  id: id === 7 ? '007x' : id + 2 ** 53,
  file_name: `${id % 2}/p${id}.jpg`,
  width: 640,
  height: 480,
  weather: 'sun',
}));
const annotations = images.flatMap(({ id }, i) => [
  { id: 2 * i, image_id: id, category_id: 1, bbox: [1, 2, i + 1, 4], area: 4 * i + 4, iscrowd: 0 },
  {
    id: 2 * i + 1,
    image_id: id,
    category_id: 2,
    bbox: [0.5, 0, 9, 9],
    segmentation: [[0, 0, 9, 0, 9, 9]],
    area: 40.5,
    iscrowd: 0,
    keypoints: [1, 1, 2],
    num_keypoints: 1,
    note: { by: 'me' },
  },
]);
const categories = [
  { id: 1, name: 'cat', supercategory: 'animal' },
  { id: 2, name: 'car', supercategory: 'vehicle' },
];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'datavis-cli-server-'));
  db = join(folder, 'a.duckdb');
  // Ids above 2^53 are written as text: JSON.stringify would round them.
  const text = JSON.stringify({ images, annotations, categories, vidéos: [{ id: 1 }] }).replaceAll(
    '9007199254740992',
    '9007199254740993',
  );
  writeFileSync(join(folder, 'a.json'), text);
  expect(
    (await datavis('import', join(folder, 'a.json'), '--db', db, '--no-media', '--dataset', 'pets')).code,
  ).toBe(0);
});
afterAll(async () => {
  await application.close();
  rmSync(folder, { recursive: true });
});

/** Reads a folder with a `boxes.txt`. */
const PLUGIN = `export default {
  '~datavis': { kind: 'plugin', api: 1, sdk: '0.1.0', features: ['importers'] }, name: 'lines', version: '1.0.0',
  importers: [{ format: 'lines', detect: ({ sample }) => sample.some((o) => o.key === 'boxes.txt') ? { confidence: 1, because: 'boxes.txt' } : undefined,
    async *read() {
      yield { table: 'images', rows: [{ id: 7, file_name: 'x.jpg' }] };
      yield { table: 'annotations', rows: [{ id: 1, image_id: 7, category_id: 1, bbox: [0, 0, 2, 2] }] };
    } }],
};`;

/** Where the file says more than the API does: places in the source, and columns of the import. */
const FILE_ONLY =
  /^(idx|byte_offset|key|dataset_key|split_key|source_key|image_ambiguous|media_uri|media_version|media_type|content_hash|.*_derived|plugins|created_at)$/;

function comparable(text: string): unknown {
  return JSON.parse(text, (name, value: unknown) => (FILE_ONLY.test(name) ? undefined : value));
}

const commands = [
  ['ls', '--json'],
  ['ls', '--dataset', 'pets', '--json', '-n', '3'],
  ['stats', '--json'],
  ['show', '1/p3.jpg', '--json'],
  ['show', '007x', '--json'],
  ['show', 'p5.jpg'],
  ['find', 'category=cat', 'area=>=100', '--json'],
  ['find', 'category=car', '-t', 'annotations', '--json', '-n', '5'],
  ['find', 'file=p3.jpg', 'file=p4.jpg', '--format', 'ndjson'],
  ['find', 'crowd=false', '-t', 'annotations', '--sort', '-area'],
  ['find', 'id=007x'],
];

describe('through a server', () => {
  const byFile = new Map<string, Awaited<ReturnType<typeof datavis>>>();

  beforeAll(async () => {
    for (const argv of commands) byFile.set(argv.join(' '), await datavis(...argv, '--db', db));
    writeFileSync(join(folder, 'lines.mjs'), PLUGIN);
    const plugins = join(folder, 'datavis.config.json');
    writeFileSync(plugins, '{ "plugins": ["./lines.mjs"] }');
    const config = readConfig(
      ['--db', db, '--port', '0', '--root', folder, '--log-level', 'fatal', '--config', plugins],
      {},
    ) as ApiConfig;
    application = await compose(config);
    url = await application.listen();
  });

  test.each(commands.map((argv) => [argv.join(' '), argv] as const))(
    '%s answers as the file does',
    async (name, argv) => {
      const expected = byFile.get(name);
      const { code, stdout, stderr } = await datavis(...argv, '--server', url);
      expect(code, stderr).toBe(0);
      expect(code).toBe(expected?.code);
      if (argv.includes('--json')) expect(comparable(stdout)).toEqual(comparable(expected?.stdout ?? ''));
      else if (argv.includes('ndjson')) {
        const lines = (text = ''): unknown[] => text.trim().split('\n').map(comparable);
        expect(lines(stdout)).toEqual(lines(expected?.stdout));
      } else if (argv[0] === 'find') expect(stdout).toBe(expected?.stdout);
      else expect(stdout).toContain('1/p5.jpg');
    },
  );

  test.each(['images', 'annotations'])('a name that no %s has is told as without a server', async (table) => {
    const { code, stderr } = await datavis('find', 'category=cta', '-t', table, '--server', url);
    expect([code, stderr]).toEqual([
      0,
      `There is no category "cta" in this dataset. Did you mean "cat"?\n0 ${table}\n`,
    ]);
  });

  test('a merged export is the one that the file gives', async () => {
    const [here, there] = [join(folder, 'here.json'), join(folder, 'there.json')];
    const call = ['export', '--merge', 'renumber', '--dataset', 'pets', '--json'];
    const read = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'));
    const own = await datavis(...call, '--db', db, '--out', here);
    const { code, stdout, stderr } = await datavis(...call, '--server', url, '--out', there);
    expect(code, stderr).toBe(0);
    expect(read(there)).toEqual(read(here));
    const leftOut = { 'records of vidéos': 1 };
    expect([JSON.parse(own.stdout), JSON.parse(stdout)]).toMatchObject([{ leftOut }, { leftOut }]);
  });

  test('the file itself is held: exit code 4, and the URL to go through', async () => {
    // In this process the database would be shared; another one is told.
    const { spawnSync } = await import('node:child_process');
    const bin = new URL('../bin/datavis.js', import.meta.url).pathname;
    const { status, stderr } = spawnSync(process.execPath, [bin, 'ls', '--db', db], { encoding: 'utf8' });
    expect(status).toBe(4);
    expect(stderr).toContain(`process ${process.pid}`);
    expect(stderr).toContain(`--server ${url}`);
  });

  test('an import goes through the server, with its progress, and below its roots only', async () => {
    const source = join(folder, 'b.json');
    writeFileSync(source, JSON.stringify({ images: [], annotations: [], categories }));
    const done = await datavis('import', source, '--no-media', '--dataset', 'more', '--server', url, '--json');
    expect(done.code).toBe(0);
    expect(JSON.parse(done.stdout)).toMatchObject({ dataset: 'more', imported: { categories: 2 } });
    const again = await datavis('import', source, '--no-media', '--dataset', 'more', '--server', url);
    expect(again.stdout).toContain('more: nothing has changed');
    const outside = await datavis('import', '/etc/hostname', '--server', url);
    expect(outside).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('DATAVIS_API_ROOT_NOT_ALLOWED') as string,
    });
  });

  test('an import that fails there is told here, and resume tries it again', async () => {
    const source = join(folder, 'cut.json');
    const whole = JSON.stringify({ images: images.slice(0, 3), annotations: [], categories });
    writeFileSync(source, whole.slice(0, 200));
    const failed = await datavis('import', source, '--no-media', '--dataset', 'cut', '--server', url);
    expect(failed).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('DATAVIS_INGEST_TRUNCATED') as string,
    });
    writeFileSync(source, whole);
    const resumed = await datavis('resume', '--server', url, '--json');
    expect(resumed.code).toBe(0);
    expect(JSON.parse(resumed.stdout)).toMatchObject([{ dataset: 'cut', imported: { images: 3 } }]);
    expect((await datavis('resume', '--server', url)).stdout).toContain('Nothing to resume');
  });

  test('import --format: another format, by a plugin of the server', async () => {
    const source = join(folder, 'lines');
    mkdirSync(source);
    writeFileSync(join(source, 'boxes.txt'), '');
    const { code, stdout, stderr } = await datavis(
      ...['import', source, '--format', 'lines', '--no-media', '--server', url, '--json'],
    );
    expect(code, stderr).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ dataset: 'lines', imported: { images: 1, annotations: 1 } });
    const found = await datavis('find', 'lines', '-t', 'annotations', '--server', url, '--format', 'csv');
    expect(found.stdout).toMatch(/^annotation_key,.*\n1?\d+,/);
    const unknown = await datavis('import', source, '--format', 'none', '--server', url);
    expect(unknown).toMatchObject({ code: 1, stderr: expect.stringContaining('DATAVIS_PLUGIN_FORMAT') as string });
    const own = await datavis('import', source, '--format', 'lines', '--plugin', 'x', '--server', url);
    expect(own.code).toBe(2);
  });

  test('an export is not put under a name that says another kind of file', async () => {
    const json = join(folder, 'pets.json');
    const zip = join(folder, 'pets.zip');
    const yolo = ['export', 'pets', '--format', 'yolo', '--server', url, '--out'];
    expect(await datavis(...yolo, json)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('.zip') as string,
    });
    expect((await datavis('export', 'pets', '--server', url, '--out', zip)).code).toBe(2);
    expect(existsSync(json) || existsSync(zip)).toBe(false);
    expect((await datavis(...yolo, zip)).code).toBe(0);
    expect((await datavis('export', 'pets', '--server', url, '--out', json)).code).toBe(0);
    const nowhere = await datavis('export', 'pets', '--server', url, '--out', join(folder, 'none', 'a.json'));
    expect(nowhere).toMatchObject({ code: 1, stderr: expect.stringContaining('DATAVIS_CLI_OUTPUT') as string });
  });

  test.each([
    ['query', 'snapshot --server'],
    ['diff', 'snapshot --server'],
    ['thumbs', 'as they are asked for'],
    ['serve', 'It is served already'],
    ['optimise', 'It needs the file itself'],
    ['stats', 'add --server'],
  ])('the file is held: %s says how to go on', async (command, hint) => {
    const held = new DataVisError('DATAVIS_CATALOG_LOCKED', 'held', { place: { uri: db } });
    expect(await withServerHint(held, command)).toMatchObject({
      hint: expect.stringContaining(hint) as string,
    });
  });

  test('serve on a port that is taken, or on none, says what to do', async () => {
    const other = ['serve', '--db', join(folder, 'other.duckdb'), '--port'];
    const taken = await datavis(...other, new URL(url).port);
    expect(taken.code).toBe(1);
    expect(taken.stderr).toMatch(/Cannot listen on 127\.0\.0\.1, port \d+: another program listens there/);
    expect(taken.stderr).toContain('[DATAVIS_API_LISTEN]\n  Name another port');
    expect(taken.stderr).not.toContain('at Server');
    expect(await datavis(...other, '99999')).toMatchObject({ code: 2 });
  });

  test('no server, no URL, no such dataset: each says what to do', async () => {
    const absent = await datavis('ls', '--server', 'http://127.0.0.1:9');
    expect(absent).toMatchObject({ code: 1, stderr: expect.stringContaining('No server answers at') as string });
    expect((await datavis('ls', '--server', 'localhost')).code).toBe(2);
    expect((await datavis('stats', '--dataset', 'none', '--server', url)).stderr).toContain('There are: ');
    expect((await datavis('find', 'colour=red', '--dataset', 'pets', '--server', url)).stderr).toContain(
      'supercategory',
    );
  });
});
