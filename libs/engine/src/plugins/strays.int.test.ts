import { EventEmitter } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FailurePolicy } from '@datavis/plugin-sdk';
import { createObjectStoreResolver } from '@datavis/storage';
import { openLocalStore } from '@datavis/storage/local';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openSandbox, type Sandbox } from '../../testing/sandbox.js';
import { createEngine } from '../engine.js';
import { hostOf } from './host.js';
import { loadPlugins } from './load/load-plugins.js';
import { normalisePlugin } from './normalise.js';
import { catchStrays } from './strays.js';

// What a timer or a forgotten promise throws reaches the host by `uncaughtException` alone. Whether Node sends it there is
// tested in apps/cli; here the events are made by hand.

const COCO = {
  images: [{ id: 1, file_name: 'a.jpg' }],
  annotations: [1, 2, 3, 4].map((id) => ({ id, image_id: 1, category_id: 1 })),
  categories: [{ id: 1, name: 'cat' }],
};

/** Lets the test have errors whose stack begins in the plugin's file, when its second batch of annotations comes. */
const PLUGIN = `export default {
  '~datavis': { kind: 'plugin', api: 1, sdk: '0.1.0', features: [] }, name: 'stray', version: '1.0.0',
  api: () => new Error('late'),
  columns: { annotations: { value: 'f32' } },
  onAnnotations(batch, run) {
    batch.output('value').fill(1);
    if (batch.offset === 2) run.use('test')(new Error('late'));
  },
};`;

let folder: string;
let sandbox: Sandbox;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'datavis-strays-'));
  sandbox = await openSandbox();
  await writeFile(join(folder, 'stray.mjs'), PLUGIN);
});
afterEach(async () => {
  await sandbox.close();
  await rm(folder, { recursive: true, force: true });
});

async function open(onFailure: FailurePolicy) {
  const errors = new EventEmitter();
  const others: unknown[] = [];
  const brand = { kind: 'plugin', api: 1, sdk: '0.1.0', features: [] };
  const emit = (error: unknown): void => void errors.emit('uncaughtException', error);
  await writeFile(
    join(folder, 'datavis.config.json'),
    JSON.stringify({ plugins: [['./stray.mjs', { onFailure }]] }),
  );
  const { plugins } = await loadPlugins({ cwd: folder });
  const helper = { name: 'test', '~datavis': brand, api: emit };
  const { database } = sandbox;
  const stores = createObjectStoreResolver({ schemes: { file: openLocalStore } });
  const host = hostOf([await normalisePlugin(helper), ...plugins], { database, stores, hostVersion: '0.1.0' });
  const end = catchStrays(host, errors, (error) => others.push(error));
  const engine = await createEngine({ database, stores, plugins: host }, { batchRows: 2 });
  const importIt = async () =>
    engine.import({ sources: [await sandbox.file('set.json', COCO)], dataset: 'set', media: false });
  const late = (plugins[0]?.definition.api as () => Error)();
  return { importIt, emit, late, others, end, errors };
}

const values = () =>
  sandbox.all('SELECT value FROM annotations LEFT JOIN plg_stray.annotations USING (annotation_key) ORDER BY idx');

test('abort: the import ends by name', async () => {
  const { importIt } = await open('abort');
  await expect(importIt()).rejects.toMatchObject({
    code: 'DATAVIS_PLUGIN_HOOK_FAILED',
    plugin: 'stray',
    message: 'stray failed outside of its hooks: late',
    hint: expect.stringMatching(/stray\.mjs:7:\d+/) as string,
  });
});

test('skip-batch: the batch that it was thrown beside is left out', async () => {
  const { importIt } = await open('skip-batch');
  expect(await importIt()).toMatchObject({ imported: { annotations: 4 }, findings: { 'stray/failed': 1 } });
  expect(await values()).toEqual([{ value: 1 }, { value: 1 }, { value: null }, { value: null }]);
});

test('errors of nobody are passed on, and one between imports harms none', async () => {
  const { importIt, emit, late, others, end, errors } = await open('abort');
  const own = new Error('of the test');
  emit(own);
  emit('no error at all');
  expect(others).toEqual([own, 'no error at all']);
  emit(late);
  expect(others).toHaveLength(2);
  end();
  expect(errors.listenerCount('uncaughtException')).toBe(0);
  // Nobody listens any more, so what the plugin throws in this import is lost to it.
  errors.on('uncaughtException', () => undefined);
  expect(await importIt()).toMatchObject({ imported: { annotations: 4 } });
});
