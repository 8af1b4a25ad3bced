import { definePlugin, type Batch, type FailurePolicy, type Plugin, type PluginEntry } from '@datavis/plugin-sdk';
import { createObjectStoreResolver } from '@datavis/storage';
import { openLocalStore } from '@datavis/storage/local';
import { afterEach, expect, test } from 'vitest';
import { openSandbox, type Sandbox } from '../../testing/sandbox.js';
import { createEngine } from '../engine.js';
import { createPluginHost } from './host.js';
import { startWatchdog } from './watchdog.js';

// Every way to misbehave, by every policy, in a real import: a sound plugin beside it loses nothing, and the host goes on.

const ROWS = 5;
const COCO = {
  images: [{ id: 1, file_name: 'a.jpg', width: 9, height: 9 }],
  annotations: Array.from({ length: ROWS }, (_, index) => ({ id: index + 1, image_id: 1, category_id: 1 })),
  categories: [{ id: 1, name: 'cat' }],
};

type Misbehaviour = (batch: Batch<'annotations'>) => unknown;

/** Writes 'fine' into two rows, then misbehaves with every batch that follows. */
function bad(misbehave: Misbehaviour): Plugin {
  return definePlugin({
    name: 'bad',
    columns: { annotations: { value: 'utf8', size: 'f64' } },
    onAnnotations(batch) {
      (batch.output('value') as unknown[]).fill('fine');
      return batch.offset < 2 ? undefined : (misbehave(batch) as Promise<void>);
    },
  });
}

const good = definePlugin({
  name: 'good',
  columns: { annotations: { place: 'i32' } },
  onAnnotations(batch) {
    const place = batch.output('place');
    for (let row = 0; row < batch.length; row++) place[row] = batch.offset + row;
  },
});

const WAYS: readonly (readonly [what: string, misbehave: Misbehaviour, code: string])[] = [
  [
    'throws',
    () => {
      throw new Error('boom');
    },
    'DATAVIS_PLUGIN_HOOK_FAILED',
  ],
  [
    'throws what is no error',
    () => {
      // eslint-disable-next-line @typescript-eslint/only-throw-error -- what the host has to live with
      throw undefined;
    },
    'DATAVIS_PLUGIN_HOOK_FAILED',
  ],
  [
    'throws what cannot be shown',
    () => {
      throw Object.defineProperty(new Error('unseen'), 'message', {
        get() {
          throw new Error('of the message');
        },
      });
    },
    'DATAVIS_PLUGIN_HOOK_FAILED',
  ],
  ['rejects', () => Promise.reject(new Error('boom')), 'DATAVIS_PLUGIN_HOOK_FAILED'],
  ['hangs', () => new Promise(() => undefined), 'DATAVIS_PLUGIN_TIMEOUT'],
  [
    'writes garbage',
    (batch) => {
      (batch.output('value' as never) as unknown[])[0] = { not: 'a text' };
    },
    'DATAVIS_PLUGIN_OUTPUT',
  ],
  [
    'transfers the memory of its output away',
    (batch) => {
      const { buffer } = batch.output('size' as never) as Float64Array;
      structuredClone(buffer, { transfer: [buffer as ArrayBuffer] });
    },
    'DATAVIS_PLUGIN_OUTPUT',
  ],
  [
    'reports what is no finding',
    (batch) => {
      batch.report(0, { code: 'odd', message: { not: 'a text' } as never });
    },
    'DATAVIS_PLUGIN_OUTPUT',
  ],
  [
    'replaces the hook’s own arrays by nothing',
    (batch) => {
      (batch.output('value' as never) as unknown[]).length = 0;
      batch.drop(0, 'Not a reason');
    },
    'DATAVIS_PLUGIN_OUTPUT',
  ],
];

let sandbox: Sandbox;
afterEach(() => sandbox.close());

async function open(misbehave: Misbehaviour, onFailure: FailurePolicy): Promise<void> {
  const entry = [bad(misbehave), { onFailure, deadlineMs: 50 }] as unknown as PluginEntry;
  sandbox = await openSandbox(':memory:', { plugins: [entry, good], batchRows: 2, commitRows: 2 });
}

async function columnOf(plugin: string, column: string): Promise<readonly unknown[]> {
  const rows = await sandbox.all<{ value: unknown }>(
    `SELECT p.${column} AS value FROM annotations LEFT JOIN plg_${plugin}.annotations p USING (annotation_key) ORDER BY idx`,
  );
  return rows.map(({ value }) => value);
}

async function expectGoodIsWhole(): Promise<void> {
  expect(await columnOf('good', 'place')).toEqual([0, 1, 2, 3, 4]);
}

test.each(WAYS)('abort: a plugin that %s ends the import by name; without it all is imported', async (...way) => {
  const [, misbehave, code] = way;
  await open(misbehave, 'abort');
  await expect(sandbox.import(COCO)).rejects.toMatchObject({
    code,
    plugin: 'bad',
    hook: 'onAnnotations',
    rows: [2, 3],
  });
  const { imported } = await (await sandbox.with([good])).import(COCO);
  expect(imported.annotations).toBe(ROWS);
  await expectGoodIsWhole();
});

test.each(WAYS)('skip-batch: of a plugin that %s only that batch is left out', async (_, misbehave) => {
  await open(misbehave, 'skip-batch');
  const { imported, findings } = await sandbox.import(COCO);
  expect(imported.annotations).toBe(ROWS);
  expect(findings['bad/failed']).toBe(2);
  expect(await columnOf('bad', 'value')).toEqual(['fine', 'fine', null, null, null]);
  expect(await sandbox.all("SELECT calls, failures, state FROM _datavis.plugin_runs WHERE plugin = 'bad'")).toEqual(
    [{ calls: 3n, failures: 2n, state: 'done' }],
  );
  await expectGoodIsWhole();
});

test.each(WAYS)('disable: a plugin that %s is not called again', async (_, misbehave) => {
  await open(misbehave, 'disable');
  const { imported, findings } = await sandbox.import(COCO);
  expect(imported.annotations).toBe(ROWS);
  expect(findings['bad/failed']).toBe(1);
  expect(await columnOf('bad', 'value')).toEqual(['fine', 'fine', null, null, null]);
  expect(await sandbox.all("SELECT calls, failures, state FROM _datavis.plugin_runs WHERE plugin = 'bad'")).toEqual(
    [{ calls: 2n, failures: 1n, state: 'disabled' }],
  );
  await expectGoodIsWhole();
});

test.each(['abort', 'skip-batch', 'disable'] as const)(
  '%s: a plugin that transfers the rows themselves away ends the import by name, as they are lost',
  async (policy) => {
    await open((batch) => {
      const { buffer } = batch.column('id');
      structuredClone(buffer, { transfer: [buffer as ArrayBuffer] });
    }, policy);
    await expect(sandbox.import(COCO)).rejects.toMatchObject({
      code: 'DATAVIS_PLUGIN_OUTPUT',
      message: 'bad.onAnnotations has transferred the memory of column "id" away',
      rows: [2, 3],
    });
    expect((await (await sandbox.with([good])).import(COCO)).imported.annotations).toBe(ROWS);
    await expectGoodIsWhole();
  },
);

function holdTheLoop(): void {
  const untilMs = performance.now() + 400;
  while (performance.now() < untilMs);
}

test.each<[string, Misbehaviour]>([
  ['at once', holdTheLoop],
  ['after an await', () => Promise.resolve().then(holdTheLoop)],
  ['after a turn of the loop', () => new Promise((resolve) => setTimeout(resolve, 100)).then(holdTheLoop)],
])('a plugin that blocks the event loop %s is named, and the import ends as it would have', async (_, block) => {
  sandbox = await openSandbox();
  const stores = createObjectStoreResolver({ schemes: { file: openLocalStore } });
  const watchdog = startWatchdog({ noticeMs: 50, toStderr: false });
  const { database } = sandbox;
  const plugins = await createPluginHost([bad(block), good], { database, stores, hostVersion: '0.1.0', watchdog });
  const engine = await createEngine({ database, stores, plugins }, { batchRows: 4 });
  const { imported } = await engine.import({ sources: [await sandbox.file('a.json', COCO)], media: false });
  expect(imported.annotations).toBe(ROWS);
  await expect.poll(() => watchdog.notices.length, { timeout: 5000 }).toBeGreaterThan(0);
  expect(watchdog.notices).toMatchObject([{ plugin: 'bad', hook: 'onAnnotations', row: 4 }]);
  await expectGoodIsWhole();
  await plugins.close();
});
