import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createObjectStoreResolver } from '@datavis/storage';
import { openLocalStore } from '@datavis/storage/local';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openSandbox, type Sandbox } from '../../testing/sandbox.js';
import { createEngine } from '../engine.js';
import { hostOf } from './host.js';
import { loadPlugins } from './load/load-plugins.js';

// The usual slips of an author without a compiler: each is told at once, by name, with what to write instead.

const COCO = {
  images: [{ id: 1, file_name: 'a.jpg', width: 9, height: 9 }],
  annotations: [
    { id: 1, image_id: 1, category_id: 1, bbox: [0, 0, 2, 3] },
    { id: 2, image_id: 1, category_id: 1 },
  ],
  categories: [{ id: 1, name: 'cat' }],
};
const BRAND = "'~datavis': { kind: 'plugin', api: 1, sdk: '0.1.0', features: [] }";

let files = 0;
let folder: string;
let sandbox: Sandbox;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'datavis-mistakes-'));
  sandbox = await openSandbox();
});
afterEach(async () => {
  await sandbox.close();
  await rm(folder, { recursive: true, force: true });
});

/** Imports with plugins whose definitions are these texts, each in a file of its own. */
async function importWith(...definitions: readonly string[]): Promise<unknown> {
  const names = definitions.map(() => `./plugin-${++files}.mjs`);
  for (const [index, text] of definitions.entries()) {
    await writeFile(join(folder, names[index] ?? ''), `export default {\n${BRAND},\n${text}\n};\n`);
  }
  const { plugins } = await loadPlugins({ cwd: folder, plugins: names });
  const stores = createObjectStoreResolver({ schemes: { file: openLocalStore } });
  const { database } = sandbox;
  const host = hostOf(plugins, { database, stores, hostVersion: '0.1.0' });
  const engine = await createEngine({ database, stores, plugins: host });
  return engine.import({ sources: [await sandbox.file('set.json', COCO)], media: false });
}

const hook = (body: string, more = ''): string => `name: 'bad', ${more} onAnnotations(batch) { ${body} }`;
const column = (type: string): string => `columns: { annotations: { value: ${type} } },`;

describe('in a definition', () => {
  test.each([
    [`name: 'bad', columns: { annotation: { a: 'f32' } }`, 'columns has a table "annotation"', '"annotations"'],
    [`name: 'bad', reads: { image: ['a.b'] }`, 'reads has a table "image"', '"images"'],
    [`name: 'bad', ${column(`'float'`)}`, 'column "value" has the type "float"', 'There are: bool, i32, i64, f32'],
    [`name: 'bad', ${column(`{ unit: 'px' }`)}`, 'column "value" has no type', 'There are: bool'],
    [
      `name: 'bad', columns: { images: { source_key: 'i64' } }`,
      'column "source_key": the host has a column',
      undefined,
    ],
    [`name: 'bad', rewrites: { annotations: ['bbox'] }`, 'rewrites.annotations has "bbox"', '"bbox_x"'],
    [
      `name: 'bad', rewrites: { annotations: ['polygons'] }`,
      'rewrites.annotations has "polygons"',
      'There are: id, id_text, ',
    ],
    [`name: 'bad', rewrites: { annotations: ['byte_offset'] }`, 'has "byte_offset"', 'There are: id, id_text, '],
    [`name: 'bad', onAnnotations: { handler() {} }`, 'onAnnotations is no method', 'Write: onAnnotations('],
    [`name: 'bad', onFailure: 'ignore'`, '"ignore" is no policy', 'abort, skip-batch, disable'],
  ])('%s', async (definition, message, hint) => {
    await expect(importWith(definition)).rejects.toMatchObject({
      code: 'DATAVIS_PLUGIN_INVALID',
      plugin: 'bad',
      message: expect.stringContaining(message) as string,
      hint: hint === undefined ? undefined : (expect.stringContaining(hint) as string),
    });
  });
});

describe('in a hook', () => {
  test.each([
    [hook(`batch.column('bbox_width')`), 'OUTPUT', 'there is no column "bbox_width" in annotations', '"bbox_w"'],
    [
      hook(`batch.column('other.score', 'f64')`),
      'OUTPUT',
      '"other.score" is not listed in reads',
      "reads: { annotations: ['other.score'] }",
    ],
    [hook(`batch.column('other.score')`), 'OUTPUT', '"other.score" is not listed in reads', 'Declare: reads'],
    [
      hook(`batch.output('valeu')`, column(`'f32'`)),
      'OUTPUT',
      'column "valeu" is not declared',
      'Did you mean "value"?',
    ],
    [
      hook(`batch.rewrite('score')`),
      'OUTPUT',
      '"score" is not listed in rewrites',
      "rewrites: { annotations: ['score'] }",
    ],
    [hook(`batch.rewrite('scores')`), 'OUTPUT', 'there is no column "scores"', 'Did you mean "score"?'],
    [hook(`batch.drop(0, 'Too small')`), 'OUTPUT', '"Too small" is no kebab-case reason', 'too-small'],
    [hook(`batch.drop(2, 'no-such-row')`), 'OUTPUT', 'there is no row 2 in a batch of 2', undefined],
    [hook(`batch.drop('0', 'text')`), 'OUTPUT', 'there is no row "0" in a batch of 2', undefined],
    [hook(`batch.report(0)`), 'OUTPUT', 'report(0): undefined is no finding', '{ code, message }'],
    [hook(`batch.report(0, { code: 'a' })`), 'OUTPUT', 'report(0): its message is undefined', '{ code, message }'],
    [
      hook(`batch.report(0, { code: 'a', message: 'm', severity: 'fatal' })`),
      'OUTPUT',
      '"fatal" is no severity',
      'info, warning, error',
    ],
    [hook(`batch.output('value')[0] = 1`, column(`'i64'`)), 'HOOK_FAILED', 'BigInt', 'write 1n'],
    [
      hook(`batch.output('value').set([1, 2, 3], 1)`, column(`'f32'`)),
      'HOOK_FAILED',
      'offset is out of bounds',
      undefined,
    ],
    [hook(`return null.length`), 'HOOK_FAILED', 'Cannot read properties of null', undefined],
  ])('%s', async (definition, code, message, hint) => {
    await expect(importWith(definition)).rejects.toMatchObject({
      code: `DATAVIS_PLUGIN_${code}`,
      message: expect.stringContaining(message) as string,
      // Always where it is, as an editor opens it.
      hint: expect.stringMatching(/plugin-\d+\.mjs:3:\d+$/) as string,
    });
    if (hint === undefined) return;
    await expect(importWith(definition)).rejects.toMatchObject({ hint: expect.stringContaining(hint) as string });
  });

  test.each([
    ['texts that are pushed', `'utf8'`, `batch.output('value').push('a', 'b')`, 'it has 4 values for 2 rows'],
    ['an array cut short', `'json'`, `batch.output('value').length = 1`, 'it has 1 values for 2 rows'],
    ['a flag of 255', `'bool'`, `batch.output('value')[1] = 255`, 'row 1: 255 for a flag'],
  ])('%s: what would be stored is not what was meant', async (_, type, body, message) => {
    await expect(importWith(hook(body, column(type)))).rejects.toMatchObject({
      code: 'DATAVIS_PLUGIN_OUTPUT',
      message: expect.stringContaining(message) as string,
    });
  });

  test.each([
    ['5', '5'],
    ['[]', 'a list'],
    ['null', 'null'],
  ])('onIngestStart that returns %s', async (returned, message) => {
    await expect(importWith(`name: 'bad', onIngestStart: () => (${returned})`)).rejects.toMatchObject({
      code: 'DATAVIS_PLUGIN_OUTPUT',
      message: `bad.onIngestStart returned ${message}, not an object of hooks`,
    });
  });

  test('a hook of a run that is misspelt', async () => {
    await expect(importWith(`name: 'bad', onIngestStart: () => ({ onAnotations() {} })`)).rejects.toMatchObject({
      code: 'DATAVIS_PLUGIN_OUTPUT',
      message: 'bad.onIngestStart returned "onAnotations", which is no hook of a run',
      hint: 'Did you mean "onAnnotations"?',
    });
  });
});

describe('a column of another plugin', () => {
  const writer = `name: 'other', columns: { annotations: { score: 'f32' } },
    onAnnotations(batch) { batch.output('score').fill(0.5); }`;
  const reader = (body: string): string => hook(body, `reads: { annotations: ['other.score'] },`);

  test.each([
    [`batch.column('other.score', 'f64')`, '"other.score" is f32, not f64'],
    [`batch.column('other.score')`, 'column("other.score") without its type'],
  ])('%s', async (body, message) => {
    await expect(importWith(reader(body), writer)).rejects.toMatchObject({
      code: 'DATAVIS_PLUGIN_OUTPUT',
      message: expect.stringContaining(message) as string,
      hint: expect.stringContaining("Write: batch.column('other.score', 'f32').") as string,
    });
  });

  test('with its own type it is read', async () => {
    await importWith(
      reader(`batch.report(0, { code: 'read', message: String(batch.column('other.score', 'f32')[0]) })`),
      writer,
    );
    expect(await sandbox.all("SELECT message FROM findings WHERE code = 'bad/read'")).toEqual([{ message: '0.5' }]);
  });
});

describe('an import that a plugin cannot start', () => {
  const start = (policy: string): string =>
    `name: 'bad', onFailure: '${policy}', ${column(`'f32'`)} onIngestStart() { throw new Error('no model'); },
     onAnnotations() { throw new Error('never called'); }`;

  test.each(['skip-batch', 'disable'])('%s: it goes on without the plugin, and says so', async (policy) => {
    expect(await importWith(start(policy))).toMatchObject({
      imported: { annotations: 2 },
      findings: { 'bad/failed': 1 },
    });
    expect(await sandbox.all('SELECT hook, failures, state FROM _datavis.plugin_runs')).toEqual([
      { hook: 'onIngestStart', failures: 1n, state: 'disabled' },
    ]);
    expect(await sandbox.all('SELECT state FROM _datavis.plugin_sources')).toEqual([{ state: 'disabled' }]);
  });

  test('abort: nothing is imported, and the same import without it is whole', async () => {
    await expect(importWith(start('abort'))).rejects.toMatchObject({
      code: 'DATAVIS_PLUGIN_HOOK_FAILED',
      message: 'bad.onIngestStart failed: no model',
    });
    expect(await sandbox.count('annotations')).toBe(0);
    expect(await importWith(`name: 'good'`)).toMatchObject({ imported: { annotations: 2 } });
  });
});
