import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DataVisError, definePlugin, type PluginEntry } from '@datavis/plugin-sdk';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { conformanceChecks } from './conformance.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'datavis-package-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** The plugin of every package below: as its author's code, and as the object that the code makes. */
const CODE = `
import { DataVisError } from '@datavis/plugin-sdk';
export default {
  '~datavis': { kind: 'plugin', api: 1, sdk: '0.1.0', features: ['onAnnotations'] },
  name: 'packed', version: '1.0.0',
  onAnnotations() {},
};`;
const packed = definePlugin({ name: 'packed', version: '1.0.0', onAnnotations() {} });

const MANIFEST = {
  name: 'packed',
  version: '1.0.0',
  type: 'module',
  keywords: ['datavis-plugin'],
  exports: { '.': { types: './dist/index.d.ts', default: './dist/index.js' } },
  files: ['dist'],
  datavis: {
    manifest: 1,
    api: 1,
    minHost: '0.1.0',
    namespace: 'packed',
    features: ['onAnnotations'],
    contributes: { schemes: [], formats: [], operations: [], columns: {} },
    capabilities: [],
  },
};

/** A built package with an SDK of its own, which has all that the code above takes from it. */
function writePackage(manifest: object = {}, files: Readonly<Record<string, string>> = {}): void {
  const sdk = 'node_modules/@datavis/plugin-sdk';
  const all = {
    'package.json': JSON.stringify({ ...MANIFEST, ...manifest }),
    'dist/index.js': CODE,
    'dist/index.d.ts': 'declare const plugin: object;\nexport default plugin;\n',
    [`${sdk}/package.json`]: '{ "name": "@datavis/plugin-sdk", "type": "module", "exports": "./index.js" }',
    [`${sdk}/index.js`]: 'export class DataVisError extends Error {}',
    ...files,
  };
  for (const [path, text] of Object.entries(all)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

function check(name: string, plugin: PluginEntry = packed): Promise<void> {
  const found = conformanceChecks(plugin, { packageFolder: folder }).find((one) => one.name === name);
  if (found === undefined) throw new Error(`no check ${name}`);
  return found.run();
}

const NAMES = ['manifest', 'import-without-effects', 'package-hygiene', 'default-export', 'second-sdk-copy'];

test.each(NAMES)('%s passes a sound package', async (name) => {
  writePackage();
  await check(name);
});

test('these are all checks that need a package', () => {
  const checks = conformanceChecks(packed).filter(({ skip }) => skip === 'needs packageFolder');
  expect(new Set(checks.map(({ name }) => name))).toEqual(new Set(NAMES));
});

const index = (code: string): Readonly<Record<string, string>> => ({ 'dist/index.js': code });

test.each([
  ['manifest', 'is missing', { datavis: undefined }, {}, /there is no "datavis"/],
  ['manifest', 'is old', { datavis: { ...MANIFEST.datavis, features: [] } }, {}, /run `datavis plugin build`/],
  ['import-without-effects', 'prints', {}, index("console.log('hello');"), /it prints while it is imported/],
  [
    'import-without-effects',
    'leaves a server',
    {},
    index("import { createServer } from 'node:net'; createServer().listen(0);"),
    /something runs after the import/,
  ],
  [
    'import-without-effects',
    'is slow',
    {},
    index('while (process.cpuUsage().user < 1e6);'),
    /of processor time: load what is heavy when it is used/,
  ],
  ['package-hygiene', 'no ESM', { type: 'commonjs' }, {}, /"type" is not "module"/],
  ['package-hygiene', 'no keyword', { keywords: [] }, {}, /no keyword "datavis-plugin"/],
  [
    'package-hygiene',
    'no types',
    { exports: { '.': { default: './dist/index.js' } } },
    {},
    /needs "types" and "default"/,
  ],
  [
    'package-hygiene',
    'decorators',
    {},
    { 'dist/index.d.ts': 'export declare class Plugin {\n  @Inject()\n  db: object;\n}\n' },
    /decorators in the types/,
  ],
  [
    'package-hygiene',
    'a copy of the host',
    { dependencies: { '@datavis/engine': '^0.1.0' } },
    {},
    /the host is no dependency of a plugin/,
  ],
  ['package-hygiene', 'tests are shipped', {}, { 'dist/index.test.js': '' }, /the package would ship these/],
  ['default-export', 'exports none', {}, index('export const answer = 42;'), /exports no plugin/],
  ['default-export', 'a wrong default', {}, index('export default {};'), /exports no plugin/],
] as const)('%s can fail: %s', async (name, _what, manifest, files, says) => {
  writePackage(manifest, files);
  await expect(check(name)).rejects.toThrow(says);
});

test('second-sdk-copy can fail: errors of the host are told by instanceof', async () => {
  const hook = `async onAnnotations(batch, { storage }) {
    try {
      await storage.open('nowhere://x');
    } catch (error) {
      if (!(error instanceof DataVisError)) throw new TypeError('whose error is this?');
    }
  }`;
  writePackage({}, index(CODE.replace('onAnnotations() {}', hook)));
  const inTheHostsTree = definePlugin({
    name: 'packed',
    version: '1.0.0',
    async onAnnotations(_, { storage }) {
      try {
        await storage.open('nowhere://x');
      } catch (error) {
        if (!(error instanceof DataVisError)) throw new TypeError('whose error is this?', { cause: error });
      }
    },
  });
  await expect(check('second-sdk-copy', inTheHostsTree)).rejects.toThrow(/whose error is this\?/);
});
