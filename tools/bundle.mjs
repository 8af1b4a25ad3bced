// Makes the code of the package in the working folder, `dist/**/*.js`: its modules in a few files, so that a program starts
// with tens of reads and not with hundreds (ADR 10). What other packages are, stays an import, but for those that the
// package names in its field `inline`; their licences go with them. Types are made by tsc.
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join, posix } from 'node:path';
import { rolldown } from 'rolldown';

const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
const { exports: shown, inline = [], dependencies, peerDependencies } = manifest;

/** Modules behind an `exports` field, as `worker/node`. */
function modulesOf(value) {
  if (typeof value === 'string') return /^\.\/dist\/(.*)\.js$/.exec(value)?.[1] ?? [];
  return Object.entries(value ?? {}).flatMap(([condition, inner]) =>
    condition === 'types' ? [] : modulesOf(inner),
  );
}

/** Whether an import is of one of these packages. */
const isOf = (id, packages) => packages.some((name) => id === name || id.startsWith(`${name}/`));

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
// What the files of `bin` load.
const program = sources.filter((module) => module === 'main' || module === 'reading-thread');
// A module whose only use is to name threads keeps its own place, whoever shares it.
const namers = sources.filter((module) => posix.basename(module) === 'thread-modules');
const entries = [...new Set([...modulesOf(shown), ...program, ...namers, ...sources.flatMap(threadsOf)])];

const bundle = await rolldown({
  input: Object.fromEntries(entries.map((module) => [module, `./src/${module}.ts`])),
  // Only what is inlined needs to know: CommonJS that requires what stays outside.
  platform: inline.length === 0 ? 'neutral' : 'node',
  external: (id) => !/^(?:[./]|[A-Za-z]:\\)/.test(id) && !isOf(id, inline),
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

const chunks = output.filter(({ type }) => type === 'chunk');

for (const { fileName, code } of chunks) {
  for (const [, path] of code.matchAll(/new URL\("(\.[^"]*)", import\.meta\.url\)/g)) {
    if (existsSync(join('dist', dirname(fileName), path))) continue;
    throw new Error(`dist/${fileName} looks for ${path}, which is not beside it: put the two modules side by side`);
  }
  // What inlined code requires is found from here only if this package depends on it too.
  for (const [, id] of code.matchAll(/\b__require\("([^"]+)"\)/g)) {
    if (isBuiltin(id) || isOf(id, Object.keys({ ...dependencies, ...peerDependencies }))) continue;
    throw new Error(`dist/${fileName} requires ${id}: name it in "inline" or "dependencies" of package.json`);
  }
}

/** Folders of the packages whose code is in the bundle. */
const inlined = new Set(
  chunks.flatMap(({ moduleIds }) =>
    moduleIds.flatMap((id) => /^.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+/.exec(id)?.[0] ?? []),
  ),
);
const LICENCES = 'dist/THIRD-PARTY-LICENSES.txt';
rmSync(LICENCES, { force: true });
if (inlined.size > 0)
  writeFileSync(
    LICENCES,
    [...inlined]
      .map(licenceOf)
      .sort()
      .join(`\n${'-'.repeat(80)}\n\n`),
  );

function licenceOf(folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const files = readdirSync(folder).filter((file) => /^(?:licen[cs]e|copyright)/i.test(file));
  if (files.length === 0) throw new Error(`${name} has no licence file to go with its code`);
  return `${name} ${version} (${license})\n\n${files.map((file) => readFileSync(join(folder, file), 'utf8').trim()).join('\n\n')}\n`;
}
