import { definePlugin, type Plugin, type PluginSettings } from '@datavis/plugin-sdk';
import { describe, expect, test } from 'vitest';
import { normalisePlugin } from './normalise.js';
import { orderPlugins, withoutDuplicates } from './order.js';

const writer = (name: string, columns: string[], reads: `${string}.${string}`[] = []): Plugin =>
  definePlugin({
    name,
    columns: { annotations: Object.fromEntries(columns.map((column) => [column, 'f32'])) },
    reads: { annotations: reads },
  });

async function sorted(...plugins: (Plugin | [Plugin, PluginSettings])[]) {
  const loaded = await Promise.all(
    plugins.map((one) => (Array.isArray(one) ? normalisePlugin(...one) : normalisePlugin(one))),
  );
  const { plugins: order, reasons } = orderPlugins(withoutDuplicates(loaded, () => undefined));
  return { order: order.map(({ name }) => name), reasons: reasons.map(({ because }) => because) };
}

describe('order', () => {
  test('stays that of the config where nothing else is said', async () => {
    expect((await sorted(writer('c', []), writer('a', []), writer('b', []))).order).toEqual(['c', 'a', 'b']);
  });

  test('writers run before readers, and the reason is told', async () => {
    const result = await sorted(writer('z', [], ['y.one']), writer('y', ['one'], ['x.two']), writer('x', ['two']));
    expect(result.order).toEqual(['x', 'y', 'z']);
    expect(result.reasons).toContain('z reads annotations.y.one');
  });

  test('pre and post where the data flow does not decide', async () => {
    const last = definePlugin({ name: 'last', order: 'post' });
    const first = definePlugin({ name: 'first', order: 'pre' });
    expect((await sorted(last, writer('middle', []), first)).order).toEqual(['first', 'middle', 'last']);
  });

  test.each([
    ['namespace', (name: string) => definePlugin({ name: `@${name}/boxes` }), 'boxes'],
    [
      'scheme',
      (name: string) =>
        definePlugin({ name, storage: [{ scheme: 's3', open: () => Promise.reject(new Error()) }] }),
      's3',
    ],
    ['format', (name: string) => definePlugin({ name, importers: [{ format: 'yolo', async *read() {} }] }), 'yolo'],
  ])('two with one %s are told apart before anything runs', async (what, make, name) => {
    await expect(sorted(make('a'), make('b'))).rejects.toMatchObject({
      code: 'DATAVIS_PLUGIN_CONFLICT',
      message: expect.stringMatching(
        new RegExp(`^@?a(/boxes)? and @?b(/boxes)? both use the ${what} "${name}"$`),
      ) as string,
    });
  });

  test('a cycle names its chain', async () => {
    await expect(sorted(writer('a', ['one'], ['b.two']), writer('b', ['two'], ['a.one']))).rejects.toMatchObject({
      code: 'DATAVIS_PLUGIN_CYCLE',
      message: 'plugins wait for each other: a reads annotations.b.two; b reads annotations.a.one',
    });
  });

  test('two that rewrite one column need ranks', async () => {
    const rewriting = (name: string) => definePlugin({ name, rewrites: { images: ['width'] } });
    await expect(sorted(rewriting('a'), rewriting('b'))).rejects.toMatchObject({
      code: 'DATAVIS_PLUGIN_CONFLICT',
      message: 'a and b both rewrite images.width',
    });
    const ranked = await sorted([rewriting('a'), { rank: 2 }], [rewriting('b'), { rank: 1 }]);
    expect(ranked.order).toEqual(['b', 'a']);
  });

  test('a read nobody writes and a missing requirement are conflicts', async () => {
    await expect(sorted(writer('a', [], ['gone.x']))).rejects.toMatchObject({ code: 'DATAVIS_PLUGIN_CONFLICT' });
    await expect(sorted(definePlugin({ name: 'a', requires: ['b'] }))).rejects.toThrow('requires b');
    expect((await sorted(definePlugin({ name: 'a', requires: ['b?'] }))).order).toEqual(['a']);
  });
});

describe('one name twice', () => {
  test('in one version and with one config is one plugin', async () => {
    expect((await sorted(writer('a', []), writer('a', []))).order).toEqual(['a']);
  });

  test('in two versions is an error that names both', async () => {
    const version = (text: string) => definePlugin({ name: 'a', version: text });
    await expect(sorted(version('1.0.0'), version('2.0.0'))).rejects.toMatchObject({
      code: 'DATAVIS_PLUGIN_CONFLICT',
      hint: 'First: 1.0.0 (config); second: 2.0.0 (config). Keep one.',
    });
  });

  test('one namespace of two names is an error', async () => {
    await expect(sorted(writer('@a/x', []), writer('@b/x', []))).rejects.toThrow('both use the namespace "x"');
  });
});
