#!/usr/bin/env node
// `npm start [-- PATH]`: installs when needed, builds when a source is newer than its output, imports a dataset (the
// drawn sample, or the one at PATH) and serves it. A second start goes straight to serving. Ctrl-C ends it.
// Plain Node until everything is installed and built.
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { needsInstall, root, run, runBin } from './workspace.mjs';

function newestMtimeMs(folder) {
  let newest = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue;
    newest = Math.max(newest, statSync(join(entry.parentPath ?? entry.path, entry.name)).mtimeMs);
  }
  return newest;
}

function needsBuild() {
  for (const group of ['libs', 'apps']) {
    for (const name of readdirSync(join(root, group))) {
      const source = join(root, group, name, 'src');
      const output = join(root, group, name, 'dist');
      if (!existsSync(source)) continue;
      if (!existsSync(output) || newestMtimeMs(output) < newestMtimeMs(source)) return true;
    }
  }
  return false;
}

async function main() {
  if (needsInstall()) {
    const code = run('npm', ['ci', '--no-audit', '--no-fund']);
    if (code !== 0) return code;
  }
  if (needsBuild()) {
    const code = runBin('nx/dist/bin/nx.js', ['run-many', '-t', 'build']);
    if (code !== 0) return code;
  }
  const { importAndServe } = await import('./start/import-and-serve.mjs');
  return await importAndServe(process.argv.slice(2));
}

process.exitCode = await main();
