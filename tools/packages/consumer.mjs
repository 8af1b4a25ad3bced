// A user's project outside of the workspace, with the packed tarballs installed from disk.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { exec } from '../exec.mjs';
import { root } from '../workspace.mjs';

/** Packs every package into `folder`; returns a map from package name to tarball path. */
export async function packAll(packages, folder) {
  mkdirSync(folder, { recursive: true });
  const tarballs = new Map();
  for (const { name, path } of packages) {
    const { stdout } = await exec('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], {
      cwd: path,
    });
    // npm 12 answers with an object by package name, older ones with a list.
    const [{ filename, files }] = Object.values(JSON.parse(stdout));
    tarballs.set(name, { path: join(folder, filename), files: files.map((file) => file.path) });
  }
  return tarballs;
}

/** Versions that this workspace tests with, for peers and tools that a consumer installs by itself. */
function testedVersions(packages) {
  const all = {};
  for (const { manifest } of packages) Object.assign(all, manifest.devDependencies);
  return all;
}

/** The manifest with our packages taken from the tarballs, as they are on no registry yet; those among themselves too. */
export function withTarballs(manifest, tarballs) {
  const file = (name) => `file:${tarballs.get(name).path}`;
  const located = (list = {}) =>
    Object.fromEntries(
      Object.entries(list).map(([name, range]) => [name, tarballs.has(name) ? file(name) : range]),
    );
  return {
    ...manifest,
    dependencies: located(manifest.dependencies),
    devDependencies: located(manifest.devDependencies),
    overrides: Object.fromEntries([...tarballs.keys()].map((name) => [name, file(name)])),
  };
}

/** Writes the manifest into `folder` and installs what it names. */
export async function install(folder, manifest, tarballs) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), JSON.stringify(withTarballs(manifest, tarballs), null, 2));
  await exec('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline'], {
    cwd: folder,
    timeoutMs: 600_000,
  });
}

/** Makes an empty project and installs the named tarballs, and other packages by name, into it. */
export async function makeConsumer(folder, tarballs, names, others = {}) {
  const dependencies = { ...Object.fromEntries(names.map((name) => [name, '*'])), ...others };
  await install(folder, { name: 'consumer', private: true, type: 'module', dependencies }, tarballs);
}

/** Optional peers of the packages, at the versions that are tested here. */
export function peersOf(packages) {
  const versions = testedVersions(packages);
  return Object.fromEntries(
    packages.flatMap(({ manifest }) =>
      Object.keys(manifest.peerDependencies ?? {}).map((peer) => [peer, versions[peer] ?? '*']),
    ),
  );
}

/** Compiles files of a consumer, types of all packages included: nothing is skipped. */
export async function compile(
  folder,
  files,
  { moduleResolution, emitTo, lib = ['es2023', 'dom', 'dom.asynciterable'] },
) {
  const bundler = moduleResolution === 'bundler';
  const config = {
    compilerOptions: {
      target: 'es2022',
      lib,
      module: bundler ? 'esnext' : 'nodenext',
      moduleResolution,
      strict: true,
      exactOptionalPropertyTypes: true,
      skipLibCheck: false,
      types: ['node'],
      ...(emitTo === undefined ? { noEmit: true } : { outDir: emitTo, rootDir: '.' }),
    },
    files,
  };
  const path = join(folder, `tsconfig.${moduleResolution}.json`);
  writeFileSync(path, JSON.stringify(config, null, 2));
  const tsc = join(root, 'node_modules', 'typescript-7', 'bin', 'tsc');
  await exec(process.execPath, [tsc, '-p', path], { cwd: folder });
}
