import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { compile, mutation, SOURCES, type Edit } from '../testing/compile.js';

const published = join(SOURCES, '..', 'api', 'v1');
const HINT = 'on purpose? then renew the snapshot (npm run api:renew) and say in the changelog what breaks';

/** What plugins make and hosts take: the published form must fit where the new one is asked for. */
const MADE_BY_PLUGINS = [
  'Plugin',
  'PluginDefinition',
  'PluginHooks',
  'RunHooks',
  'BasePlugin',
  'Operation',
  'Migration',
  'ImporterContribution',
  'StorageContribution',
  'ObjectStore',
  'PluginEntry',
  'DataVisConfig',
];
/** What hosts make and plugins take: the new form must fit where the published one is asked for. */
const MADE_BY_HOSTS = [
  'PluginContext',
  'IngestRun',
  'RunSummary',
  'DecodedImage',
  'PluginDb',
  'Logger',
  'PluginFailure',
  "Batch<'images'>",
  "Batch<'annotations'>",
  "Batch<'categories'>",
];

/** Everything the published entry names, each imported from both surfaces and held against the other. */
function crossing(index: string): string {
  const names = [...index.matchAll(/export (?:type )?\{([^}]*)\}/g)].flatMap(([, list = '']) =>
    list
      .split(',')
      .map((name) => name.trim().replace(/^type /, ''))
      .filter(Boolean),
  );
  return `import * as Old from '../api/v1/index.js';
import * as New from './index.js';
${names.map((name, at) => `import type { ${name} as Name${at} } from './index.js';`).join('\n')}
export type { ${names.map((_, at) => `Name${at}`).join(', ')} };
${MADE_BY_PLUGINS.map((type, at) => `export const fromPlugin${at} = (made: Old.${type}): New.${type} => made;`).join('\n')}
${MADE_BY_HOSTS.map((type, at) => `export const fromHost${at} = (made: New.${type}): Old.${type} => made;`).join('\n')}
export const values: typeof Old.definePlugin = New.definePlugin;
`;
}

/** Compiles the crossing, with some sources read in another form. Returns what the compiler says. */
function differences(edit?: Edit): string[] {
  const index = readFileSync(join(published, 'index.d.ts'), 'utf8');
  return compile({ files: { [join(SOURCES, 'crossing.ts')]: crossing(index) }, ...(edit && { edit }) });
}

describe('the published surface of plugins and this one', () => {
  test('check against each other in both directions', { timeout: 120_000 }, () => {
    expect(differences(), HINT).toEqual([]);
  });

  // The check must be able to fail.
  test.each([
    ['a name is gone', 'index.ts', 'defineOperation', 'defineOperations'],
    [
      'a method of a context is gone',
      'plugin-context.ts',
      'use(this: void, pluginName: string)',
      'used(name: string)',
    ],
    [
      'a definition asks for more',
      'plugin.ts',
      'readonly name: string;',
      'readonly name: string;\n  readonly team: string;',
    ],
    ['a batch is narrower', 'plugin-batch.ts', 'isDropped(row: number): boolean', 'isDropped(row: number): string'],
  ])('%s: caught', { timeout: 120_000 }, (_, file, from, to) => {
    const edit = mutation(file, from, to);
    const found = differences(edit);
    expect(edit.isDone(), `${file} has no "${from}" any more`).toBe(true);
    expect(found).not.toEqual([]);
  });
});
