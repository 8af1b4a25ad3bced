import { createObjectStoreResolver } from '@datavis/storage';
import { openLocalStore } from '@datavis/storage/local';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { locateDataset } from './locate.js';

const coco = JSON.stringify({ images: [], annotations: [], categories: [] });
const resolver = createObjectStoreResolver({ schemes: { file: openLocalStore } });
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'datavis-locate-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function put(name: string, content: string | Uint8Array): Promise<string> {
  const path = join(folder, name);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
  return path;
}

async function keysOf(input: string): Promise<string[]> {
  const located = await locateDataset(resolver, [input]);
  await located.close();
  return located.sources.map(({ uri }) => uri.slice(`file://${folder}/`.length));
}

test('a file that is named is taken whatever its extension is', async () => {
  expect(await keysOf(await put('labels.coco', coco))).toEqual(['labels.coco']);
  expect(await keysOf(await put('data.jsonl', coco))).toEqual(['data.jsonl']);
});

test('a folder whose name looks like that of a file is a folder', async () => {
  await put('coco.v2/instances.json', coco);
  expect(await keysOf(join(folder, 'coco.v2'))).toEqual(['coco.v2/instances.json']);
});

test('a name that is neither a file nor a folder is an error that names it', async () => {
  await expect(keysOf(join(folder, 'absent.coco'))).rejects.toMatchObject({
    message: expect.stringContaining('absent.coco') as unknown,
  });
});

test('a folder without annotations: the error names the JSON files that were left out, and why', async () => {
  await put('settings.json', '{"theme":"dark"}');
  await put('package.json', '{"name":"x"}');
  await expect(keysOf(folder)).rejects.toMatchObject({
    code: 'DATAVIS_ENGINE_LAYOUT_NONE',
    message: expect.stringMatching(/package\.json.*settings\.json|settings\.json.*package\.json/) as unknown,
  });
});

test('a UTF-16 file is left to the reader, which says what to do with it', async () => {
  await put('instances.json', Buffer.from(`\ufeff${coco}`, 'utf16le'));
  await put('my.json', Buffer.from(`\ufeff${coco}`, 'utf16le'));
  expect(await keysOf(join(folder, 'my.json'))).toEqual(['my.json']);
  expect(await keysOf(folder)).toEqual(['instances.json', 'my.json']);
});
