import { BasePlugin, definePlugin, type Plugin } from '@datavis/plugin-sdk';
import { describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { defaultNamespace, normalisePlugin } from './normalise.js';

const handMade = (brand: object, more: object = {}): Plugin => ({
  name: 'hand-made',
  '~datavis': { kind: 'plugin', api: 1, sdk: '1.0.0', features: [], ...brand },
  ...more,
});

describe('what this host cannot run', () => {
  test('another API version', async () => {
    await expect(normalisePlugin(handMade({ api: 7 }))).rejects.toMatchObject({
      code: 'DATAVIS_PLUGIN_UNSUPPORTED',
      message: 'hand-made is made for plugin API 7; this host runs API 1',
      hint: 'Update DataVis.',
    });
  });

  test('a reserved key needs a newer host, unless the plugin can do without', async () => {
    await expect(normalisePlugin(handMade({ features: ['panels'] }))).rejects.toMatchObject({
      code: 'DATAVIS_PLUGIN_UNSUPPORTED',
      message: 'hand-made uses "panels", which needs a newer host',
    });
    const soft = handMade({ features: ['panels'] }, { optional: ['panels'] });
    expect((await normalisePlugin(soft)).name).toBe('hand-made');
  });

  test('a misspelt hook of a class is not silently never called', async () => {
    class Typo extends BasePlugin {
      override readonly name = 'typo';
      onAnnotation(): void {}
    }
    await expect(normalisePlugin(Typo)).rejects.toMatchObject({ hint: 'Did you mean "onAnnotations"?' });
  });

  test('helpers of a class are no hooks', async () => {
    class Helped extends BasePlugin {
      override readonly name = 'helped';
      computeEverything(): void {}
    }
    expect((await normalisePlugin(Helped)).namespace).toBe('helped');
  });

  test.each([
    ['a number', 42],
    ['a plain object', { name: 'x' }],
    ['a brand without features', handMade({ features: undefined })],
    ['a brand with an API in words', handMade({ api: '1' })],
    [
      'a plugin whose name cannot be read',
      Object.defineProperty(handMade({}), 'name', {
        get() {
          throw new Error('boom');
        },
      }),
    ],
    ['a class that is no plugin', Map],
    ['a bad namespace', definePlugin({ name: 'x', namespace: 'Not Ok' })],
    ['the namespace of promoted fields', definePlugin({ name: 'extra' })],
    ['that namespace under another name', definePlugin({ name: 'x', namespace: 'extra' })],
    ['a bad column', definePlugin({ name: 'x', columns: { images: { 'a-b': 'f32' } } })],
    [
      'a vector without width',
      definePlugin({ name: 'x', columns: { images: { v: { type: 'f32[n]', width: 0 } } } }),
    ],
  ])('%s is DATAVIS_PLUGIN_INVALID', async (_, entry) => {
    await expect(normalisePlugin(entry)).rejects.toMatchObject({ code: 'DATAVIS_PLUGIN_INVALID' });
  });
});

const schema = (validate: (value: unknown) => unknown): object => ({
  '~standard': { version: 1, vendor: 'test', validate },
});
const any = schema((value) => ({ value }));

// What a compiler would have said, each before anything of the plugin is used.
test.each([
  [{ version: 3 }, 'version is 3, not a text'],
  [{ description: [] }, 'description is a list, not a text'],
  [{ config: { type: 'object' } }, 'config is an object, not a Standard Schema'],
  [{ columns: { annotations: null } }, 'columns.annotations is null, not an object'],
  [{ columns: { annotations: { a: null } } }, 'columns.annotations.a is null, not a type'],
  [{ columns: { images: { a: { type: 'f32', unit: 5 } } } }, 'unit of column "a" is 5, not a text'],
  [{ reads: { images: 'a.b' } }, 'reads.images is "a.b", not a list'],
  [{ rewrites: { images: [5] } }, 'rewrites.images[0] is 5, not a text'],
  [{ order: 'first' }, 'order is "first", not "pre" or "post"'],
  [{ requires: 'other' }, 'requires is "other", not a list'],
  [{ optional: 'panels' }, 'optional is "panels", not a list'],
  [{ capabilities: 'network' }, 'capabilities is "network", not a list'],
  [{ migrations: { id: '1', up: '' } }, 'migrations is an object, not a list'],
  [{ migrations: [{ up: 'SELECT 1' }] }, 'migrations[0].id is undefined, not a text'],
  [{ migrations: [{ id: '1' }] }, 'migrations[0].up is undefined, not a text'],
  [
    {
      migrations: [
        { id: '1', up: '' },
        { id: '1', up: '' },
      ],
    },
    'migrations has "1" twice',
  ],
  [{ storage: { scheme: 'x' } }, 'storage is an object, not a list'],
  [{ storage: [{ scheme: 'x://', open() {} }] }, 'storage[0].scheme is "x://", not a scheme'],
  [{ storage: [{ scheme: 'x' }] }, 'storage[0].open is undefined, not a method'],
  [{ importers: [{ format: '', read() {} }] }, 'importers[0].format is "", not a text'],
  [{ importers: [{ format: 'f' }] }, 'importers[0].read is undefined, not a method'],
  [{ operations: [] }, 'operations is a list, not an object'],
  [{ operations: { go: null } }, 'operations.go is null, not an object'],
  [{ operations: { 'go now': { title: 'a', input: any, run() {} } } }, 'a name in operations is "go now"'],
  [{ operations: { go: { title: 'a', run() {} } } }, 'operations.go.input is undefined, not a Standard Schema'],
  [{ operations: { go: { title: 'a', input: any } } }, 'operations.go.run is undefined, not a method'],
  [
    { operations: { go: { title: 'a', input: any, run() {}, fields: { n: { type: 'int' } } } } },
    'operations.go.fields.n.type is "int"',
  ],
])('%j is DATAVIS_PLUGIN_INVALID: %s', async (definition, message) => {
  await expect(normalisePlugin(handMade({}, definition))).rejects.toMatchObject({
    code: 'DATAVIS_PLUGIN_INVALID',
    plugin: 'hand-made',
    message: expect.stringContaining(message) as string,
  });
});

describe('a schema that is no good', () => {
  const withSchema = (validate: (value: unknown) => unknown, options?: object): Promise<unknown> =>
    normalisePlugin(handMade({}, { config: schema(validate) }), { options });

  test.each([
    [
      'throws',
      () => {
        throw new Error('boom');
      },
      'failed: boom',
    ],
    ['rejects', () => Promise.reject(new Error('boom')), 'failed: boom'],
    ['gives a number', () => 5, 'gave 5, no result'],
    ['gives neither', () => ({}), 'gave neither a value nor issues'],
    ['gives issues that are no list', () => ({ issues: 'all' }), 'gave neither a value nor issues'],
  ])('one that %s', async (_, validate, message) => {
    await expect(withSchema(validate)).rejects.toMatchObject({
      code: 'DATAVIS_PLUGIN_INVALID',
      plugin: 'hand-made',
      message: `hand-made: the schema of its options ${message}${message.includes('no result') ? ' of Standard Schema' : ''}`,
    });
  });

  test('one that never answers ends, by name', async () => {
    vi.useFakeTimers();
    try {
      const said: string[] = [];
      const entry = handMade({}, { config: schema(() => new Promise(() => undefined)) });
      const waiting = expect(
        normalisePlugin(entry, {}, undefined, (message) => said.push(message)),
      ).rejects.toMatchObject({ code: 'DATAVIS_PLUGIN_TIMEOUT', plugin: 'hand-made' });
      await vi.advanceTimersByTimeAsync(60_000);
      await waiting;
      expect(said).toEqual(['hand-made, the schema of its options, has been running for 3 s']);
    } finally {
      vi.useRealTimers();
    }
  });

  test('options that are no JSON data', async () => {
    const circle: Record<string, unknown> = {};
    circle['self'] = circle;
    await expect(withSchema(() => ({ value: circle }))).rejects.toMatchObject({ code: 'DATAVIS_PLUGIN_CONFIG' });
    expect(await withSchema(() => ({ value: { n: 1n } }))).toMatchObject({ config: { n: 1n } });
  });
});

describe('settings of the config', () => {
  test.each([
    [{ minArea: 4 }, 'there is no setting "minArea"', '{ options: { minArea: … } }'],
    [{ deadline: 4 }, 'there is no setting "deadline"', '{ options: { deadline: … } }'],
    [{ option: {} }, 'there is no setting "option"', 'Did you mean "options"?'],
    [{ deadlineMs: '5' }, 'deadlineMs is "5", not a number', undefined],
    [{ deadlineMs: -1 }, 'deadlineMs is -1, not a number', undefined],
    [{ rank: NaN }, 'rank is NaN, not a number', undefined],
    [{ required: 'yes' }, 'required is "yes", not true or false', undefined],
  ])('%j: %s', async (settings, message, hint) => {
    await expect(normalisePlugin(definePlugin({ name: 'p' }), settings as never)).rejects.toMatchObject({
      code: 'DATAVIS_PLUGIN_CONFIG',
      message: expect.stringContaining(`p: ${message}`) as string,
      hint: hint === undefined ? undefined : (expect.stringContaining(hint) as string),
    });
  });
});

describe('options', () => {
  const plugin = definePlugin({ name: 'p', config: z.object({ minArea: z.number().min(0).default(3) }) });

  test('defaults of the schema are filled in', async () => {
    expect((await normalisePlugin(plugin)).config).toEqual({ minArea: 3 });
    expect((await normalisePlugin(plugin({ minArea: 5 }))).config).toEqual({ minArea: 5 });
    expect((await normalisePlugin(plugin, { options: { minArea: 6 } })).config).toEqual({ minArea: 6 });
  });

  test('issues carry their path', async () => {
    await expect(normalisePlugin(plugin({ minArea: -1 }))).rejects.toMatchObject({
      code: 'DATAVIS_PLUGIN_CONFIG',
      message: expect.stringMatching(/^p: minArea: /) as string,
    });
  });

  test('a class gets them in its constructor', async () => {
    class Configured extends BasePlugin<{ x: number }> {
      override readonly name = 'configured';
    }
    expect((await normalisePlugin(Configured, { options: { x: 1 } })).config).toEqual({ x: 1 });
  });

  test('where nothing checks them, the user is told', async () => {
    const bare = definePlugin({ name: 'bare' });
    expect((await normalisePlugin(bare)).warnings).toEqual([]);
    expect((await normalisePlugin(bare, { options: {} })).warnings).toEqual([]);
    expect((await normalisePlugin(plugin, { options: { minArea: 6 } })).warnings).toEqual([]);
    expect((await normalisePlugin(bare, { options: { minArea: 6, max: 1 } })).warnings).toEqual([
      'bare declares no config: its options (minArea, max) are passed on unchecked',
    ]);
    expect((await normalisePlugin(bare, { options: 'all' })).warnings).toEqual([
      'bare declares no config: its options ("all") are passed on unchecked',
    ]);
  });
});

test('namespaces follow from names', () => {
  expect(defaultNamespace('@acme/datavis-plugin-box-stats')).toBe('box_stats');
  expect(defaultNamespace('remap.categories')).toBe('remap_categories');
});
