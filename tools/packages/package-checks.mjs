// Checks of each tarball by itself, and of each entry as a user's project sees it.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { exec } from '../exec.mjs';
import { root } from '../workspace.mjs';
import { compile } from './consumer.mjs';

function checkFiles({ name, manifest }, files) {
  const missing = ['README.md', 'LICENSE', 'package.json'].filter((file) => !files.includes(file));
  if (missing.length > 0) throw new Error(`${name} is packed without ${missing.join(', ')}`);
  const unwanted = files.filter((file) => /\.test\.|(^|\/)(bench|fixtures|__[^/]+)\//.test(file));
  if (unwanted.length > 0) throw new Error(`${name} ships ${unwanted.join(', ')}`);
  for (const key of ['description', 'license', 'engines']) {
    if (manifest[key] === undefined) throw new Error(`${name} has no "${key}"`);
  }
}

async function checkManifest({ name, path, manifest }) {
  const { messages } = await publint({ pkgDir: path, strict: true, level: 'suggestion' });
  if (messages.length > 0)
    throw new Error(messages.map((m) => `${name}: ${formatMessage(m, manifest)}`).join('\n'));
}

/** Tarball by tarball: its files, its manifest (publint), its types as each resolver finds them (attw). */
export async function checkTarballs(tally, packages, tarballs) {
  const attw = join(root, 'node_modules', '@arethetypeswrong', 'cli', 'dist', 'index.js');
  for (const one of packages) {
    const tarball = tarballs.get(one.name);
    await tally.check(`${one.name}: files of the tarball`, () => checkFiles(one, tarball.files));
    await tally.check(`${one.name}: publint --strict`, () => checkManifest(one));
    if (one.entries.length === 0) continue; // A program without entries has no types to be wrong.
    await tally.check(`${one.name}: are the types wrong (esm-only)`, () =>
      exec(process.execPath, [attw, tarball.path, '--profile', 'esm-only', '--no-color', '--no-definitely-typed']),
    );
  }
}

/** Each entry is imported by Node from the installed tarball, and must export something. */
export async function checkImports(tally, packages, folder) {
  for (const entry of packages.flatMap(({ entries }) => entries)) {
    const code = `const names = Object.keys(await import(${JSON.stringify(entry)}));
      if (names.length === 0) throw new Error('exports nothing'); console.log(names.join());`;
    await tally.check(`import ${entry}`, () =>
      exec(process.execPath, ['--input-type=module', '-e', code], { cwd: folder, timeoutMs: 60_000 }),
    );
  }
}

/** All entries in one module, compiled as Node and as bundlers resolve them, declarations of packages included. */
export async function checkTypes(tally, packages, folder, title) {
  const lines = packages
    .flatMap(({ entries }) => entries)
    .map((entry, i) => `import * as entry${i} from '${entry}';\nconsole.log(entry${i});`);
  writeFileSync(join(folder, 'entries.mts'), `${lines.join('\n')}\n`);
  for (const moduleResolution of ['nodenext', 'bundler']) {
    await tally.check(`types of every entry, ${moduleResolution}, ${title}`, () =>
      compile(folder, ['entries.mts'], { moduleResolution }),
    );
  }
}
