// Every kind of plugin that the packed scaffold makes: its build, its conformance and its tests pass as they are.
import { join } from 'node:path';
import { exec } from '../exec.mjs';
import { root } from '../workspace.mjs';

const KINDS = ['columns', 'importer', 'storage', 'operation'];
const STEP_LIMIT_MS = 180_000;

/** In a project that has all packages; from an empty folder and by the clock: newcomer.mjs. */
export async function checkScaffold(tally, consumer) {
  const bins = [join(consumer, 'node_modules', '.bin'), join(root, 'node_modules', '.bin'), process.env.PATH];
  const env = { PATH: bins.join(':') };
  for (const kind of KINDS) {
    await tally.check(`scaffold ${kind}: create, build, check, test`, async () => {
      const name = `datavis-plugin-my-${kind}`;
      const cwd = join(consumer, name);
      await exec('create-plugin', [name, '--kind', kind], { cwd: consumer, env });
      await exec('npm', ['run', '--silent', 'build'], { cwd, env, timeoutMs: STEP_LIMIT_MS });
      await exec('npm', ['run', '--silent', 'check'], { cwd, env, timeoutMs: STEP_LIMIT_MS });
      await exec('npm', ['test', '--silent'], { cwd, env, timeoutMs: STEP_LIMIT_MS });
    });
  }
}
