import eslint from '@eslint/js';
import nx from '@nx/eslint-plugin';
import prettier from 'eslint-config-prettier';
import * as jsonc from 'jsonc-eslint-parser';
import tseslint from 'typescript-eslint';

// Run through nx only (`npm run lint`): without a cached project graph the boundary rule checks nothing and
// exits 0. tools/lint-canary proves that the rules below are alive.

/** Packages that only an app may know: a library works with plain `new`, on ports. */
const appsOnly = ['tsyringe', 'reflect-metadata', 'reflect-metadata/*', 'fastify', '@fastify/*', 'commander'];

const libs = ['scope:ingest', 'scope:storage', 'scope:thumbs'];
const belowApps = ['scope:sdk', 'scope:engine', ...libs];

// Two dimensions: `type` says which layers a project may know, `scope` which rooms.
const depConstraints = [
  { sourceTag: 'type:contract', onlyDependOnLibsWithTags: [], bannedExternalImports: ['*'] },
  { sourceTag: 'type:lib', onlyDependOnLibsWithTags: ['type:contract'], bannedExternalImports: appsOnly },
  {
    sourceTag: 'type:engine',
    onlyDependOnLibsWithTags: ['type:contract', 'type:lib'],
    bannedExternalImports: appsOnly,
  },
  {
    sourceTag: 'type:app',
    onlyDependOnLibsWithTags: ['type:contract', 'type:lib', 'type:engine', 'type:app'],
  },
  { sourceTag: 'type:testing', onlyDependOnLibsWithTags: ['type:contract', 'type:testing'] },
  {
    sourceTag: 'type:kit',
    onlyDependOnLibsWithTags: ['type:contract', 'type:lib', 'type:engine'],
    bannedExternalImports: appsOnly,
  },
  { sourceTag: 'type:tools', onlyDependOnLibsWithTags: ['*'] },
  { sourceTag: 'scope:sdk', onlyDependOnLibsWithTags: ['scope:sdk'] },
  { sourceTag: 'scope:ingest', onlyDependOnLibsWithTags: ['scope:ingest', 'scope:sdk'] },
  { sourceTag: 'scope:storage', onlyDependOnLibsWithTags: ['scope:storage', 'scope:sdk'] },
  { sourceTag: 'scope:thumbs', onlyDependOnLibsWithTags: ['scope:thumbs', 'scope:sdk'] },
  { sourceTag: 'scope:engine', onlyDependOnLibsWithTags: belowApps },
  { sourceTag: 'scope:client', onlyDependOnLibsWithTags: ['scope:client'] },
  { sourceTag: 'scope:api', onlyDependOnLibsWithTags: ['scope:api', 'scope:client', ...belowApps] },
  {
    sourceTag: 'scope:cli',
    onlyDependOnLibsWithTags: ['scope:cli', 'scope:api', 'scope:client', ...belowApps],
  },
  { sourceTag: 'scope:testing', onlyDependOnLibsWithTags: ['scope:testing', 'scope:sdk'] },
  { sourceTag: 'scope:kit', onlyDependOnLibsWithTags: ['scope:kit', ...belowApps] },
  { sourceTag: 'scope:tools', onlyDependOnLibsWithTags: ['*'] },
];

/** Tests may use the private test kit, and tools (vitest, fast-check) that their package does not ship. */
const testConstraints = depConstraints.map(({ bannedExternalImports, ...constraint }) => ({
  ...constraint,
  onlyDependOnLibsWithTags: [
    ...constraint.onlyDependOnLibsWithTags,
    constraint.sourceTag.startsWith('type:') ? 'type:testing' : 'scope:testing',
  ],
  ...(bannedExternalImports && { bannedExternalImports: appsOnly }),
}));

// A package has light and heavy entries, so that it is imported lazily in one place does not forbid it in another.
// What start-up costs is watched by `npm run bench -- startup`.
const boundaries = (constraints) => [
  'error',
  { allow: [], depConstraints: constraints, checkDynamicDependenciesExceptions: ['.*'] },
];

const restrictedImports = (...names) => [
  'error',
  {
    paths: names.flatMap((name) => ({ name, message: `${name} belongs in apps/*/src/composition.ts only.` })),
    patterns: names.map((name) => ({
      group: [`${name}/*`],
      message: `${name} belongs in a composition root.`,
    })),
  },
];

const oneInstance =
  'A DuckDB file has one owner in a process: open it through libs/storage/src/duckdb-node/instances.ts.';

export default tseslint.config(
  {
    ignores: [
      '**/dist',
      '**/node_modules',
      '**/.nx',
      '**/coverage',
      'libs/client/src/schema.ts',
      'libs/plugin-sdk/api',
    ],
  },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  {
    files: ['**/*.{ts,mts,js,mjs}'],
    extends: [eslint.configs.recommended, tseslint.configs.strictTypeChecked, prettier],
    plugins: { '@nx': nx },
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      '@nx/enforce-module-boundaries': boundaries(depConstraints),
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-invalid-void-type': ['error', { allowAsThisParameter: true }],
      // `async` without `await` is right where an interface promises: it turns a throw into a rejection.
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      'no-restricted-imports': restrictedImports('tsyringe', 'reflect-metadata'),
      'no-restricted-syntax': [
        'error',
        {
          selector: 'MemberExpression[object.name="DuckDBInstance"][property.name=/^(create|fromCache)$/]',
          message: oneInstance,
        },
        {
          selector: 'MemberExpression[object.property.name="DuckDBInstance"][property.name=/^(create|fromCache)$/]',
          message: oneInstance,
        },
        { selector: 'ExportDefaultDeclaration', message: 'Named exports only.' },
      ],
    },
  },
  {
    files: ['**/*.test.ts', 'libs/*/testing/**/*.ts'],
    rules: { '@nx/enforce-module-boundaries': boundaries(testConstraints) },
  },
  { files: ['libs/storage/src/duckdb-node/open-instance.ts'], rules: { 'no-restricted-syntax': 'off' } },
  { files: ['apps/*/src/composition.ts'], rules: { 'no-restricted-imports': 'off' } },
  // The polyfill must be the first import of a program, so its entry may name it.
  { files: ['apps/*/src/main.ts'], rules: { 'no-restricted-imports': restrictedImports('tsyringe') } },
  {
    // Inner loops over typed arrays: the index is in range by construction, and a check a byte would show.
    files: [
      'libs/ingest-coco/src/{assembler,scan/*,columns/*,tables/*,rle/*}.ts',
      'libs/engine/src/plugins/encode-values.ts',
    ],
    rules: { '@typescript-eslint/no-non-null-assertion': 'off' },
  },
  { files: ['*.{ts,mjs}'], rules: { 'no-restricted-syntax': 'off' } },
  {
    // Plain scripts have no types to check.
    files: ['**/*.{js,mjs}'],
    extends: [tseslint.configs.disableTypeChecked],
    languageOptions: {
      globals: {
        AbortController: false,
        AbortSignal: false,
        Buffer: false,
        URL: false,
        clearInterval: false,
        clearTimeout: false,
        console: false,
        fetch: false,
        performance: false,
        process: false,
        setInterval: false,
        setTimeout: false,
      },
    },
  },
  {
    files: ['{libs,apps}/*/package.json'],
    plugins: { '@nx': nx },
    languageOptions: { parser: jsonc },
    rules: {
      '@nx/dependency-checks': [
        'error',
        {
          buildTargets: ['build'],
          // Unused dependencies are found by knip, which also sees type-only and lazy imports.
          checkObsoleteDependencies: false,
          ignoredFiles: [
            '{projectRoot}/**/*.test.ts',
            '{projectRoot}/test/**',
            '{projectRoot}/testing/**',
            '{projectRoot}/bench/**',
          ],
        },
      ],
    },
  },
);
