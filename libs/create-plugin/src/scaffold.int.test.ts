import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { pluginFiles, scaffold } from './scaffold.js';
import { KINDS } from './templates.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'datavis-scaffold-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

test.each(KINDS)('a %s plugin has source, test, package and CI', async (kind) => {
  const target = join(folder, 'datavis-plugin-my-thing');
  const files = await scaffold({ folder: target, kind, sdkVersion: '^0.1.0' });
  expect([...files].sort()).toEqual([
    '.github/workflows/ci.yml',
    '.gitignore',
    'README.md',
    'package.json',
    'src/index.test.ts',
    'src/index.ts',
    'tsconfig.json',
  ]);
  const manifest = JSON.parse(readFileSync(join(target, 'package.json'), 'utf8')) as { name: string };
  expect(manifest.name).toBe('datavis-plugin-my-thing');
  expect(readFileSync(join(target, 'src/index.ts'), 'utf8')).toContain('export const myThing = definePlugin');
});

test('the tutorial shows the plugin that is made', () => {
  const tutorial = readFileSync(new URL('../../../docs/plugins.md', import.meta.url), 'utf8');
  const [, shown] = /```ts\n([\s\S]*?)```/.exec(tutorial) ?? [];
  const files = pluginFiles({ folder: 'datavis-plugin-my-boxes', kind: 'columns', sdkVersion: '^0.1.0' });
  expect(shown).toBe(files['src/index.ts']);
});

test('writes nothing into a folder that holds something', async () => {
  writeFileSync(join(folder, 'precious.txt'), 'x');
  await expect(scaffold({ folder, kind: 'columns', sdkVersion: '^0.1.0' })).rejects.toMatchObject({
    code: 'DATAVIS_PLUGIN_INVALID',
  });
});

test('a name without a letter to begin with is refused', () => {
  expect(() => pluginFiles({ folder: 'x', kind: 'columns', name: '9lives', sdkVersion: '^0.1.0' })).toThrow(
    'namespace',
  );
});
