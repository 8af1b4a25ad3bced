// Makes the code of the package in the working folder, `dist/**/*.js`: its modules in a few files, so that a program starts
// with tens of reads and not with hundreds (ADR 10). What other packages are, stays an import. Types are made by tsc.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { rolldown } from 'rolldown';

const { exports: shown } = JSON.parse(readFileSync('package.json', 'utf8'));

/** Modules behind an `exports` field, as `worker/node`. */
function modulesOf(value) {
  if (typeof value === 'string') return /^\.\/dist\/(.*)\.js$/.exec(value)?.[1] ?? [];
  return Object.entries(value ?? {}).flatMap(([condition, inner]) =>
    condition === 'types' ? [] : modulesOf(inner),
  );
}

const THREAD = /new URL\('(\.{1,2}\/[\w/-]+)\.js', import\.meta\.url\)/g;

/** Programs of threads, which the code names by their place, seen from its own. */
function threadsOf(module) {
  return Array.from(readFileSync(`src/${module}.ts`, 'utf8').matchAll(THREAD), ([, path]) =>
    posix.join(posix.dirname(module), path),
  );
}

const sources = readdirSync('src', { recursive: true })
  .map((path) => path.replaceAll('\\', '/'))
  .filter((path) => /(?<!\.d|\.test)\.ts$/.test(path))
  .map((path) => path.slice(0, -'.ts'.length));
const program = sources.filter((module) => module === 'main');
const entries = [...new Set([...modulesOf(shown), ...program, ...sources.flatMap(threadsOf)])];

const bundle = await rolldown({
  input: Object.fromEntries(entries.map((module) => [module, `./src/${module}.ts`])),
  platform: 'neutral',
  external: (id) => !/^(?:[./]|[A-Za-z]:\\)/.test(id),
  resolve: { extensionAlias: { '.js': ['.ts', '.js'] } },
  transform: { target: 'es2022' },
});
const { output } = await bundle.write({
  dir: 'dist',
  format: 'esm',
  sourcemap: true,
  // The sources are published too.
  sourcemapExcludeSources: true,
  entryFileNames: '[name].js',
  chunkFileNames: 'chunks/[name]-[hash].js',
});
await bundle.close();

for (const { type, fileName, code } of output) {
  if (type !== 'chunk') continue;
  for (const [, path] of code.matchAll(/new URL\("(\.[^"]*)", import\.meta\.url\)/g)) {
    if (existsSync(join('dist', dirname(fileName), path))) continue;
    throw new Error(`dist/${fileName} looks for ${path}, which is not beside it: put the two modules side by side`);
  }
}
