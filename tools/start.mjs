// `npm start`: installs when needed, builds when a source is newer than its output, then starts the program.
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { needsInstall, root, run, runBin } from './workspace.mjs';

function newestMtimeMs(folder) {
  let newest = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue;
    newest = Math.max(newest, statSync(join(entry.parentPath, entry.name)).mtimeMs);
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

/** The part that imports a dataset and serves it. Not written yet, and it says so. */
function importAndServe() {
  console.error('npm start: there is no program to start yet.');
  return 1;
}

function main() {
  if (needsInstall()) {
    const code = run('npm', ['ci', '--no-audit', '--no-fund']);
    if (code !== 0) return code;
  }
  if (needsBuild()) {
    const code = runBin('nx/dist/bin/nx.js', ['run-many', '-t', 'build']);
    if (code !== 0) return code;
  }
  return importAndServe();
}

process.exitCode = main();
