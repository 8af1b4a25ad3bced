import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { definePlugin, type ImportChunk, type ImporterContribution, type PluginEntry } from '@datavis/plugin-sdk';
import { createObjectStoreResolver } from '@datavis/storage';
import { openDuckDb } from '@datavis/storage/duckdb-node';
import { openLocalStore } from '@datavis/storage/local';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createEngine, type Engine } from '../engine.js';
import { createPluginHost } from '../plugins/index.js';

let folder: string;
let importsDir: string;
let source: string;
const closers: (() => Promise<void>)[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'datavis-format-'));
  [importsDir, source] = [join(folder, 'imports'), join(folder, 'set')];
  await mkdir(source);
  await writeFile(join(source, 'list.txt'), 'a.jpg');
});
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
  await rm(folder, { recursive: true, force: true });
});

type Read = ImporterContribution['read'];

async function engineWith(entries: readonly PluginEntry[], options: object = { importsDir }): Promise<Engine> {
  const database = await openDuckDb(':memory:');
  const stores = createObjectStoreResolver({ schemes: { file: openLocalStore } });
  const plugins = await createPluginHost(entries, { database, stores, hostVersion: '0.1.0' });
  closers.push(async () => {
    await plugins.close();
    await database.close();
  });
  return createEngine({ database, stores, plugins }, options);
}

const reading = (read: Read): PluginEntry => definePlugin({ name: 'lists', importers: [{ format: 'list', read }] });
const image: ImportChunk = { table: 'images', rows: [{ id: 1, file_name: 'a.jpg' }] };
const never = new Promise<never>(() => undefined);

test('what an importer reads is imported once, and again only when it says something else', async () => {
  let name = 'a.jpg';
  const engine = await engineWith([
    reading(async function* () {
      yield await Promise.resolve({ table: 'images', rows: [{ id: 1, file_name: name }] });
    }),
  ]);
  const states: (string | undefined)[] = [];
  const importIt = async (): Promise<void> => {
    const { sources, dataset } = await engine.import({ sources: [source], format: 'list', media: false });
    expect(dataset).toBe('set');
    states.push(sources[0]?.state);
  };
  await importIt();
  await importIt();
  name = 'b.jpg';
  await importIt();
  expect(states).toEqual(['imported', 'unchanged', 'changed']);
  expect(await readdir(importsDir)).toEqual([expect.stringMatching(/^set-[0-9a-f]{16}\.json$/)]);
});

const HANGS: readonly (readonly [string, Read])[] = [
  [
    'before its first chunk',
    async function* () {
      yield await never;
    },
  ],
  [
    'between two',
    async function* () {
      yield image;
      yield await never;
    },
  ],
];

test.each(HANGS)('an importer that hangs %s ends with the abort, and leaves nothing', async (_, read) => {
  const engine = await engineWith([reading(read)]);
  const controller = new AbortController();
  const importing = engine.import(
    { sources: [source], format: 'list', media: false },
    { signal: controller.signal },
  );
  setTimeout(() => {
    controller.abort();
  }, 50);
  await expect(importing).rejects.toMatchObject({ name: 'AbortError' });
  expect(await readdir(importsDir)).toEqual([]);
});

test.each(HANGS)('an importer that hangs %s ends at its deadline, by name', async (_, read) => {
  const engine = await engineWith([[reading(read) as never, { deadlineMs: 50 }]]);
  await expect(engine.import({ sources: [source], format: 'list', media: false })).rejects.toMatchObject({
    code: 'DATAVIS_PLUGIN_TIMEOUT',
    message: 'lists.importer list did not settle within 50 ms',
  });
});

test('an importer that throws is named, and leaves nothing', async () => {
  const engine = await engineWith([
    reading(async function* () {
      yield await Promise.resolve(image);
      throw new Error('line 3');
    }),
  ]);
  await expect(engine.import({ sources: [source], format: 'list', media: false })).rejects.toMatchObject({
    code: 'DATAVIS_PLUGIN_HOOK_FAILED',
    plugin: 'lists',
    message: 'lists.importer list failed: line 3',
  });
  expect(await readdir(importsDir)).toEqual([]);
});

test.each([
  ['yolo', ['set'], { importsDir: 'x' }, 'no plugin reads the format "yolo"'],
  ['auto', ['set'], { importsDir: 'x' }, 'no plugin knows the format of'],
  ['list', ['set', 'set'], { importsDir: 'x' }, 'the format "list" takes one source'],
  ['list', ['set'], {}, 'this application imports no other formats'],
])('format %s of %j with %j: %s', async (format, sources, options, message) => {
  const engine = await engineWith([reading(() => never as never)], options);
  const request = { sources: sources.map((name) => join(folder, name)), format };
  await expect(engine.import(request)).rejects.toMatchObject({
    code: 'DATAVIS_PLUGIN_FORMAT',
    message: expect.stringContaining(message) as string,
  });
});
