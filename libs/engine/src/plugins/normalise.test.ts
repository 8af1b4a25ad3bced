import { BasePlugin, definePlugin, type Plugin } from '@datavis/plugin-sdk';
import { describe, expect, test } from 'vitest';
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
});

test('namespaces follow from names', () => {
  expect(defaultNamespace('@acme/datavis-plugin-box-stats')).toBe('box_stats');
  expect(defaultNamespace('remap.categories')).toBe('remap_categories');
});
