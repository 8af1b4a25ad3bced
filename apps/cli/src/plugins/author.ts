// What authors of plugins do. The kit is the plugin's own devDependency, found from its folder.
import { spawn } from 'node:child_process';
import { existsSync, watch } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { loadPackage, writeManifest } from '@datavis/engine';
import type { PluginEntry } from '@datavis/plugin-sdk';
import type { CommonOptions } from '../context.js';
import { CliError } from '../errors.js';
import type { Terminal } from '../terminal/terminal.js';

/** The part of @datavis/plugin-testing that is used here. */
interface Kit {
  conformanceChecks(
    plugin: PluginEntry,
    options: { readonly packageFolder: string },
    note: (check: string, message: string) => void,
  ): readonly { readonly name: string; readonly title: string; readonly skip?: string; run(): Promise<void> }[];
}

/** @throws `DATAVIS_CLI_NOT_FOUND` where the folder of a plugin lacks something. */
function assertHas(folder: string, name: 'package.json' | 'src'): void {
  if (existsSync(join(folder, name))) return;
  throw new CliError('DATAVIS_CLI_NOT_FOUND', `There is no ${name} in ${resolve(folder)}`, {
    hint: 'Name the folder of a plugin, or start one: datavis plugin create FOLDER.',
  });
}

async function loadKit(folder: string): Promise<Kit> {
  assertHas(folder, 'package.json');
  try {
    const file = createRequire(join(resolve(folder), 'package.json')).resolve('@datavis/plugin-testing');
    return (await import(pathToFileURL(file).href)) as Kit;
  } catch (error) {
    throw new CliError('DATAVIS_CLI_NOT_FOUND', 'The kit @datavis/plugin-testing is not installed', {
      cause: error,
      hint: 'npm install --save-dev @datavis/plugin-testing',
    });
  }
}

export async function buildPlugin(folder: string, { json }: CommonOptions, terminal: Terminal): Promise<void> {
  assertHas(folder, 'package.json');
  const { namespace, features } = await writeManifest(folder);
  if (json === true) await terminal.out(JSON.stringify({ namespace, features }));
  else await terminal.out(`wrote the manifest of ${namespace}: ${features.join(', ')}`);
}

interface Checked {
  readonly name: string;
  readonly state: 'ok' | 'skip' | 'FAIL';
  readonly said: string;
}

/** Runs the conformance suite; a line a check. */
export async function checkPlugin(folder: string, { json }: CommonOptions, terminal: Terminal): Promise<void> {
  const kit = await loadKit(folder);
  const { entry } = await loadPackage(folder);
  const notes = new Map<string, string>();
  const checks = kit.conformanceChecks(entry as PluginEntry, { packageFolder: resolve(folder) }, (name, message) =>
    notes.set(name, message),
  );
  const results: Checked[] = [];
  for (const check of checks) {
    const result = await runCheck(check, notes);
    results.push(result);
    if (json !== true) await terminal.out(`${result.state.padEnd(5)} ${result.name}: ${result.said}`);
  }
  if (json === true) await terminal.out(JSON.stringify(results));
  const failed = results.filter(({ state }) => state === 'FAIL').length;
  if (failed > 0) throw new CliError('DATAVIS_CLI_FAILED', `${failed} of ${checks.length} checks failed`);
}

async function runCheck(
  check: ReturnType<Kit['conformanceChecks']>[number],
  notes: ReadonlyMap<string, string>,
): Promise<Checked> {
  const { name, title, skip } = check;
  if (skip !== undefined) return { name, state: 'skip', said: skip };
  try {
    await check.run();
    const note = notes.get(name);
    return { name, state: 'ok', said: note === undefined ? title : `${title} (${note})` };
  } catch (error) {
    return { name, state: 'FAIL', said: error instanceof Error ? error.message : String(error) };
  }
}

function runTool(command: string, args: readonly string[], cwd: string): Promise<number> {
  const child = spawn(command, args, { cwd, stdio: 'inherit', shell: process.platform === 'win32' });
  return new Promise((settle, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => {
      settle(code ?? 1);
    });
  });
}

/** Starts a plugin by `npm create`, so that it is made by the newest scaffold. */
export async function createPlugin(folder: string, kind: string): Promise<void> {
  const code = await runTool(
    'npm',
    ['create', '@datavis/plugin@latest', folder, '--', '--kind', kind],
    process.cwd(),
  );
  if (code !== 0) throw new CliError('DATAVIS_CLI_FAILED', `npm create ended with code ${code}`);
}

/** Builds and checks with every change of a source, in a process of its own: nothing old stays loaded. */
export async function developPlugin(folder: string, terminal: Terminal): Promise<void> {
  assertHas(folder, 'package.json');
  assertHas(folder, 'src');
  const round = async (): Promise<void> => {
    const built = await runTool('npm', ['run', '--silent', 'build'], folder);
    if (built === 0) await runTool('npm', ['run', '--silent', 'check'], folder);
    terminal.note('waiting for changes (Ctrl-C ends)');
  };
  let queued = false;
  let last = round();
  // Many changes while a round is under way are one round more.
  const schedule = (): void => {
    if (queued) return;
    queued = true;
    last = last.then(() => {
      queued = false;
      return round();
    });
  };
  const watcher = watch(join(folder, 'src'), { recursive: true }, schedule);
  await new Promise<void>((stop) => process.once('SIGINT', stop));
  watcher.close();
}
