import { existsSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { DataVisError } from '@datavis/plugin-sdk';
import { TEMPLATES, type PluginKind } from './templates.js';

/** What is written, and where. */
export interface ScaffoldOptions {
  /** Folder to make. */
  readonly folder: string;
  readonly kind: PluginKind;
  /** npm name. Default: the folder's name. */
  readonly name?: string | undefined;
  /** Range of the SDK to depend on. */
  readonly sdkVersion: string;
}

/** Namespace that the host gives a plugin of this name. */
function namespaceOf(name: string): string {
  return name
    .replace(/^@[^/]*\//, '')
    .replace(/^datavis-plugin-/, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_');
}

function camel(text: string): string {
  return text.replace(/_+([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

const TSCONFIG = {
  compilerOptions: {
    target: 'es2022',
    module: 'nodenext',
    types: ['node'],
    strict: true,
    noImplicitOverride: true,
    verbatimModuleSyntax: true,
    // Node's own type stripping knows no decorators, enums and parameter properties.
    erasableSyntaxOnly: true,
    declaration: true,
    rootDir: 'src',
    outDir: 'dist',
  },
  include: ['src'],
};

const CI = `name: ci
on: [push, pull_request]
jobs:
  check:
    runs-on: ubuntu-latest
    strategy:
      matrix:
        host: [latest, next]
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-node@v4
        with: { node-version: 22 }
      - run: npm install
      - run: npm install --no-save @datavis/cli@\${{ matrix.host }}
      - run: npm run build
      - run: npm test
`;

/** Files of a new plugin, by path. */
export function pluginFiles(options: ScaffoldOptions): Readonly<Record<string, string>> {
  const name = options.name ?? basename(resolve(options.folder));
  const namespace = namespaceOf(name);
  if (!/^[a-z]/.test(namespace)) {
    throw new DataVisError('DATAVIS_PLUGIN_INVALID', `"${name}" gives no namespace: it must begin with a letter`);
  }
  const exportName = camel(namespace);
  const { about, source, test } = TEMPLATES[options.kind];
  const range = options.sdkVersion;
  const manifest = {
    name,
    version: '0.1.0',
    description: `A DataVis plugin that ${about}.`,
    type: 'module',
    keywords: ['datavis-plugin'],
    exports: {
      '.': { types: './dist/index.d.ts', default: './dist/index.js' },
      './package.json': './package.json',
    },
    files: ['dist', '!dist/*.test.*'],
    engines: { node: '>=20.19' },
    scripts: {
      build: 'tsc && datavis plugin build',
      check: 'datavis plugin check',
      dev: 'datavis plugin dev',
      test: 'node --test dist/*.test.js',
    },
    peerDependencies: { '@datavis/plugin-sdk': range },
    peerDependenciesMeta: { '@datavis/plugin-sdk': { optional: true } },
    devDependencies: {
      '@datavis/cli': range,
      '@datavis/plugin-sdk': range,
      '@datavis/plugin-testing': range,
      '@types/node': '^20.19.0',
      typescript: '~6.0.3',
    },
  };
  return {
    'package.json': json(manifest),
    'tsconfig.json': json(TSCONFIG),
    '.gitignore': 'node_modules\ndist\n*.duckdb*\n',
    '.github/workflows/ci.yml': CI,
    'README.md': readme(name, about),
    'src/index.ts': source(name, exportName),
    'src/index.test.ts': test(exportName, namespace),
  };
}

function readme(name: string, about: string): string {
  return `# ${name}

A [DataVis](https://www.npmjs.com/package/@datavis/cli) plugin that ${about}.

\`\`\`sh
npm install ${name}
datavis import ./my-dataset --plugin ${name}
\`\`\`

\`npm run build\` compiles it and writes its manifest, \`npm run check\` runs the conformance suite, \`npm run dev\` does both
with every change, \`npm test\` runs its tests.
`;
}

/**
 * Writes a new plugin.
 *
 * @throws DataVisError `DATAVIS_PLUGIN_INVALID` where the folder holds anything, or the name gives no namespace.
 */
export async function scaffold(options: ScaffoldOptions): Promise<readonly string[]> {
  const files = pluginFiles(options);
  if (existsSync(options.folder) && (await readdir(options.folder)).length > 0) {
    throw new DataVisError('DATAVIS_PLUGIN_INVALID', `${options.folder} is not empty`, {
      hint: 'Name another folder.',
    });
  }
  for (const [path, text] of Object.entries(files)) {
    const file = join(options.folder, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }
  return Object.keys(files);
}
