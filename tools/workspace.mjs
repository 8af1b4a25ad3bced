// What the other tools share: where the workspace is, how to run a step, when to install.
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));

/** Runs a command in the workspace root with inherited output; returns its exit code. */
export function run(command, args) {
  const windows = process.platform === 'win32';
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit', shell: windows });
  if (error) console.error(String(error));
  return status ?? 1;
}

/** Runs a tool that is installed in node_modules, by the path of its script. */
export function runBin(script, args = []) {
  return run(process.execPath, [join(root, 'node_modules', script), ...args]);
}

/** True when node_modules is missing, or older than the lock file. */
export function needsInstall() {
  const installed = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(installed)) return true;
  return statSync(installed).mtimeMs < statSync(join(root, 'package-lock.json')).mtimeMs;
}
