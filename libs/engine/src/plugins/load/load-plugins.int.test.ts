import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { findConfig } from './config-file.js';
import { loadPlugins } from './load-plugins.js';
import { disablePlugin, enablePlugin, readSwitches, switchesBeside } from './switches.js';

// Plugins in these files use no SDK at all: the brand is a text, so a plugin may even be written by hand.
const plugin = (name: string, more = ''): string =>
  `{ name: '${name}', '~datavis': { kind: 'plugin', api: 1, sdk: '9.9.9', features: [] }, ${more} }`;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'datavis-load-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function write(path: string, text: string): string {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

function installed(name: string, code: string, manifest: object = {}): void {
  const json = { name, type: 'module', exports: { '.': { import: './main.js' } }, ...manifest };
  write(`node_modules/${name}/package.json`, JSON.stringify(json));
  write(`node_modules/${name}/main.js`, code);
}

const names = async (): Promise<string[]> => {
  const { plugins } = await loadPlugins({ cwd: folder });
  return plugins.map(({ name }) => name);
};

describe('what is loaded', () => {
  test('objects, names, paths, pairs, presets and nothings of the config, in order', async () => {
    installed('installed', `export default ${plugin('installed')};`);
    write('local.mjs', `export const one = ${plugin('local')};`);
    write(
      'datavis.config.mjs',
      `export default { plugins: [${plugin('inline')}, 'installed', false, [['./local.mjs', { onFailure: 'disable' }]], null] };`,
    );
    const { plugins } = await loadPlugins({ cwd: folder });
    expect(plugins.map(({ name, policy }) => [name, policy])).toEqual([
      ['inline', 'abort'],
      ['installed', 'abort'],
      ['local', 'disable'],
    ]);
  });

  test('nothing at all without a config, whatever lies in node_modules', async () => {
    installed('datavis-plugin-tempting', `throw new Error('must not run');`, { keywords: ['datavis-plugin'] });
    expect(await loadPlugins({ cwd: folder })).toMatchObject({ configFile: undefined, plugins: [] });
  });

  test('--plugin comes after the config, relative to the current folder', async () => {
    write('datavis.config.json', '{ "plugins": ["./a.mjs"] }');
    write('a.mjs', `export default ${plugin('a')};`);
    write('b.mjs', `export default ${plugin('b')};`);
    const { plugins } = await loadPlugins({ cwd: folder, plugins: ['./b.mjs'] });
    expect(plugins.map(({ name }) => name)).toEqual(['a', 'b']);
  });

  test('--set changes options after those of the config', async () => {
    write('a.mjs', `export default ${plugin('a')};`);
    write('datavis.config.json', '{ "plugins": [["./a.mjs", { "options": { "x": 1, "y": 1 } }]] }');
    const { plugins } = await loadPlugins({ cwd: folder, set: { a: { y: 2 } } });
    expect(plugins[0]?.config).toEqual({ x: 1, y: 2 });
  });

  test('enable and disable last, without an edit of the config', async () => {
    const config = write('datavis.config.json', '{ "plugins": ["./a.mjs"] }');
    write('a.mjs', `export default ${plugin('a')};`);
    write('b.mjs', `export default ${plugin('b')};`);
    const switches = switchesBeside(config);
    enablePlugin(switches, ['./b.mjs'], false);
    disablePlugin(switches, 'a');
    expect(await names()).toEqual(['b']);
    enablePlugin(switches, ['a'], true);
    expect(await names()).toEqual(['a', 'b']);
    expect(readSwitches(switches)).toEqual({ enabled: ['./b.mjs'], disabled: [] });
  });
});

describe('the three ways a load fails', () => {
  const failing = (entry: string, code?: string): Promise<unknown> => {
    write('datavis.config.json', JSON.stringify({ plugins: [entry] }));
    if (code !== undefined) write(entry, code);
    return loadPlugins({ cwd: folder });
  };

  test('not there', async () => {
    await expect(failing('datavis-plugin-absent')).rejects.toMatchObject({
      code: 'DATAVIS_PLUGIN_NOT_FOUND',
      hint: 'Install it beside the config: npm install datavis-plugin-absent',
    });
    await expect(failing('./absent.mjs')).rejects.toMatchObject({ code: 'DATAVIS_PLUGIN_NOT_FOUND' });
  });

  test('its own import fails: the plugin is found, the cause is kept', async () => {
    await expect(failing('./broken.mjs', `import 'left-pad-of-the-plugin';`)).rejects.toMatchObject({
      code: 'DATAVIS_PLUGIN_IMPORT_FAILED',
      message: expect.stringContaining('left-pad-of-the-plugin') as string,
      cause: expect.objectContaining({ code: 'ERR_MODULE_NOT_FOUND' }) as Error,
    });
    await expect(failing('./throws.mjs', `throw new TypeError('at the top');`)).rejects.toMatchObject({
      code: 'DATAVIS_PLUGIN_IMPORT_FAILED',
      cause: expect.objectContaining({ message: 'at the top' }) as Error,
    });
  });

  test('no plugin', async () => {
    await expect(failing('./none.mjs', 'export default 42;')).rejects.toMatchObject({
      code: 'DATAVIS_PLUGIN_INVALID',
    });
    await expect(failing('./empty.mjs', 'export const x = 1;')).rejects.toMatchObject({
      code: 'DATAVIS_PLUGIN_INVALID',
      message: './empty.mjs exports no plugin',
    });
  });

  test('doctor collects them all', async () => {
    write('datavis.config.json', '{ "plugins": ["./absent.mjs", "./none.mjs", "./good.mjs"] }');
    write('none.mjs', 'export default 42;');
    write('good.mjs', `export default ${plugin('good')};`);
    const { plugins, failures } = await loadPlugins({ cwd: folder }, true);
    expect(plugins.map(({ name }) => name)).toEqual(['good']);
    expect(failures.map(({ code }) => code)).toEqual(['DATAVIS_PLUGIN_NOT_FOUND', 'DATAVIS_PLUGIN_INVALID']);
  });

  test('a manifest this host cannot serve is refused before any code runs', async () => {
    const manifest = { manifest: 1, api: 2, features: [] };
    installed('future', `throw new Error('must not run');`, { datavis: manifest });
    await expect(failing('future')).rejects.toMatchObject({
      code: 'DATAVIS_PLUGIN_UNSUPPORTED',
      hint: 'Update DataVis.',
    });
  });
});

describe('where a config is looked for', () => {
  test('from the current folder up to the root of the repository', () => {
    const config = write('repo/datavis.config.mjs', '');
    mkdirSync(join(folder, 'repo/.git'));
    mkdirSync(join(folder, 'repo/a/b'), { recursive: true });
    expect(findConfig({ cwd: join(folder, 'repo/a/b') })).toBe(config);
    write('datavis.config.mjs', '');
    rmSync(config);
    expect(findConfig({ cwd: join(folder, 'repo/a/b') })).toBeUndefined();
  });

  test('never inside a dataset', () => {
    write('dataset/datavis.config.mjs', `throw new Error('a stranger wrote this');`);
    const notes: string[] = [];
    const cwd = join(folder, 'dataset');
    const note = (message: string): void => void notes.push(message);
    expect(findConfig({ cwd, datasetFolders: [cwd], note })).toBeUndefined();
    expect(notes[0]).toContain('it lies inside a dataset');
    expect(findConfig({ cwd, datasetFolders: [pathToFileURL(cwd).href] })).toBeUndefined();
    expect(findConfig({ cwd, datasetFolders: [join(folder, 'other'), 'gs://bucket/dataset'] })).toBeDefined();
  });
});

test('a plugin whose import never ends is told of, and ends by name', async () => {
  write('stuck.mjs', 'await new Promise(() => undefined);');
  const said: string[] = [];
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  try {
    const loading = expect(
      loadPlugins({ cwd: folder, plugins: ['./stuck.mjs'], note: (message) => said.push(message) }),
    ).rejects.toMatchObject({
      code: 'DATAVIS_PLUGIN_IMPORT_FAILED',
      plugin: './stuck.mjs',
      message: './stuck.mjs failed while it was loaded: the import of ./stuck.mjs did not settle within 60000 ms',
    });
    while (vi.getTimerCount() < 2) await new Promise((resolve) => setImmediate(resolve));
    await vi.advanceTimersByTimeAsync(60_000);
    await loading;
    expect(said).toEqual(['the import of ./stuck.mjs has been running for 3 s']);
  } finally {
    vi.useRealTimers();
  }
});
