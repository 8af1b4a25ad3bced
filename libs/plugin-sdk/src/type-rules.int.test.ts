import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import { compile, declarations, mutation, programOf, SOURCES, TYPES, type Edit } from '../testing/compile.js';

// The rules that the types of plugins obey, each with what has to compile and with changes that must not.
// What is asked of them by plugins.type.test.ts and by the published surface (api-snapshot) comes on top.

const TIMEOUT = { timeout: 120_000 };
const at = (name: string): string => join(TYPES, name);

const AS_IS = declarations();

/** Declarations as another copy of the package has them, in a folder of its own. */
function inFolder(name: string, files: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(files).map(([path, text]) => [path.replace(TYPES, at(name)), text]));
}

/** The same package twice, as two trees of node_modules have it. */
function acrossCopies(files = AS_IS): string[] {
  const types = [
    'Plugin',
    'PluginDefinition',
    'BasePlugin',
    'RunHooks',
    'PluginEntry',
    'DataVisError',
    'Token<string>',
  ];
  const crossing = types.flatMap((type, index) => [
    `export const to${index} = (one: Own.${type}): Copy.${type} => one;`,
    `export const from${index} = (one: Copy.${type}): Own.${type} => one;`,
  ]);
  return compile({
    files: {
      ...files,
      ...inFolder('copy', files),
      [at('cross.ts')]:
        `import type * as Own from './index.js';\nimport type * as Copy from './copy/index.js';\n${crossing.join('\n')}\n`,
    },
  });
}

describe(
  'R1: no private or protected members, and no brand of a unique symbol, so that two copies of the SDK agree',
  TIMEOUT,
  () => {
    test('each type of one copy is that of the other', () => {
      expect(acrossCopies()).toEqual([]);
    });

    test.each([
      [
        'a private member',
        'base-plugin.ts',
        'readonly options: unknown;',
        'readonly options: unknown;\n  private readonly own = 1;',
      ],
      [
        'a #private member',
        'base-plugin.ts',
        'readonly options: unknown;',
        'readonly options: unknown;\n  readonly #own = 1;',
      ],
      [
        'a protected member',
        'base-plugin.ts',
        'readonly options: unknown;',
        'readonly options: unknown;\n  protected readonly own = 1;',
      ],
      [
        'a brand of a unique symbol',
        'plugin.ts',
        "export interface Plugin {\n  readonly '~datavis': Brand;",
        "export declare const brand: unique symbol;\nexport interface Plugin {\n  readonly [brand]: 1;\n  readonly '~datavis': Brand;",
      ],
    ])('%s: caught', (_, file, from, to) => {
      const edit = mutation(file, from, to);
      expect(acrossCopies(declarations(edit))).not.toEqual([]);
      expect(edit.isDone(), `${file} has no "${from}" any more`).toBe(true);
    });
  },
);

/** A plugin of an SDK whose run has one member more, in the place of one of this SDK. */
function withLaterRun(edit: Edit = (_, text) => text): string[] {
  const grow = mutation(
    'plugin-context.ts',
    '  readonly run: RunInfo;',
    '  readonly run: RunInfo;\n  readonly later: number;',
  );
  const later = declarations((path, text) => grow(path, edit(path, text)));
  expect(grow.isDone()).toBe(true);
  return compile({
    files: {
      ...declarations(edit),
      ...inFolder('later', later),
      [at('cross.ts')]: `import type * as Own from './index.js';
import type * as Later from './later/index.js';
export const taken = (one: Later.PluginDefinition): Own.PluginDefinition => one;`,
    },
  });
}

describe('R2: hooks are methods, so that a context may grow', TIMEOUT, () => {
  test('a plugin of a later SDK fits', () => {
    expect(withLaterRun()).toEqual([]);
  });

  test('a hook that is a property: caught', () => {
    const edit = mutation(
      'plugin-hooks.ts',
      'onIngestEnd?(summary: RunSummary, run: IngestRun<Config>): Awaitable<void>;',
      'onIngestEnd?: (summary: RunSummary, run: IngestRun<Config>) => Awaitable<void>;',
    );
    expect(withLaterRun(edit)).toEqual([expect.stringContaining('is not assignable to')]);
    expect(edit.isDone()).toBe(true);
  });
});

/** The declarations with nothing around them: no package is found, and no global but those of the language and the web. */
function alone(edit?: Edit): string[] {
  return compile({
    files: declarations(edit),
    packages: false,
    options: {
      types: [],
      skipLibCheck: false,
      skipDefaultLibCheck: true,
      lib: ['lib.es2022.d.ts', 'lib.dom.d.ts', 'lib.dom.asynciterable.d.ts'],
    },
  });
}

describe('R3: no types of others, so that no package has to be there and none can break a plugin', TIMEOUT, () => {
  test('the published declarations compile alone', () => {
    expect(alone()).toEqual([]);
  });

  test.each([
    [
      'a package',
      'readonly config: Config;',
      "readonly config: Config;\n  readonly app: import('fastify').FastifyInstance;",
    ],
    [
      'a schema library',
      'readonly config: Config;',
      "readonly config: Config;\n  readonly z: typeof import('zod');",
    ],
    ['a global of Node', 'readonly config: Config;', 'readonly config: Config;\n  readonly bytes: Buffer;'],
    [
      'a module of Node',
      'readonly config: Config;',
      "readonly config: Config;\n  readonly fs: import('node:fs').Stats;",
    ],
  ])('%s: caught', (_, from, to) => {
    const edit = mutation('plugin-context.ts', from, to);
    expect(alone(edit)).not.toEqual([]);
    expect(edit.isDone()).toBe(true);
  });
});

describe('R4: a hook is a method and nothing else; what is to be said of it stands beside it', TIMEOUT, () => {
  const using = (hook: string): string[] =>
    compile({
      files: {
        ...AS_IS,
        [at('author.ts')]:
          `import { definePlugin } from './index.js';\nexport default definePlugin({ name: 'p', ${hook} });`,
      },
    });

  test.each(['onAnnotations(batch) { void batch.length; }', 'onImages: async () => {}', 'setup: () => undefined'])(
    '%s',
    (hook) => {
      expect(using(hook)).toEqual([]);
    },
  );

  test.each([
    'onAnnotations: { handler() {} }',
    "onImages: { order: 'pre', handler() {} }",
    'setup: [() => undefined]',
    'onIngestEnd: true',
  ])('%s: refused', (hook) => {
    expect(using(hook)).not.toEqual([]);
  });
});

/** What Node cannot strip from a file to run it: enums and their like (which the compiler names), and decorators. */
function notErasable(files: Readonly<Record<string, string>>): string[] {
  const program = programOf({
    files,
    options: { erasableSyntaxOnly: true, verbatimModuleSyntax: true, allowImportingTsExtensions: true },
  });
  const found = ts
    .getPreEmitDiagnostics(program)
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
  const visit = (node: ts.Node): void => {
    if (ts.isDecorator(node)) found.push(`a decorator: ${node.getText()}`);
    ts.forEachChild(node, visit);
  };
  for (const path of Object.keys(files)) visit(program.getSourceFile(path) as ts.SourceFile);
  return found;
}

describe('R5: only syntax that can be erased, so that Node runs a plugin as it is written', TIMEOUT, () => {
  const written = (body: string): string[] =>
    notErasable({
      ...AS_IS,
      [at('author.ts')]: `import { BasePlugin, type Batch } from './index.js';\n${body}\n`,
    });

  test('the SDK itself', () => {
    const names = readdirSync(SOURCES).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'));
    const sources = names.map((name) => [join(SOURCES, name), readFileSync(join(SOURCES, name), 'utf8')] as const);
    expect(notErasable(Object.fromEntries(sources))).toEqual([]);
  });

  test('a plugin as a class, with all that one needs', () => {
    expect(
      written(`
export class Tiny extends BasePlugin<{ min: number }> {
  override readonly name = 'tiny';
  override readonly rewrites = { annotations: ['category_id'] } as const;
  override onAnnotations(batch: Batch<'annotations'>): void {
    batch.forEach((row) => row.bbox_w >= 1);
  }
}`),
    ).toEqual([]);
  });

  test.each([
    ['an enum', 'export enum Kind { A, B }'],
    ['a const enum', 'export const enum Kind { A, B }'],
    ['a namespace with values', 'export namespace Kinds { export const a = 1; }'],
    [
      'a parameter property',
      "export class Tiny extends BasePlugin {\n  override readonly name = 'tiny';\n  constructor(readonly min: number) { super(); }\n}",
    ],
    ['an import assignment', "import fs = require('node:fs');\nexport const { sep } = fs as never;"],
    ['a type assertion in angles', 'export const one = <number>(1 as unknown);'],
    [
      'a decorator of a class',
      "const mark = (_: unknown, __: unknown): void => {};\n@mark\nexport class Tiny extends BasePlugin { override readonly name = 'tiny'; }",
    ],
    [
      'a decorator of a hook',
      "const mark = (_: unknown, __: unknown): void => {};\nexport class Tiny extends BasePlugin {\n  override readonly name = 'tiny';\n  @mark override onAnnotations(batch: Batch<'annotations'>): void { void batch; }\n}",
    ],
  ])('%s: caught', (_, body) => {
    expect(written(body)).not.toEqual([]);
  });
});
