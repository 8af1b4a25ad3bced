import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import pidusage from 'pidusage';
import { CliError } from '../errors.js';
import { EXIT } from '../exit-codes.js';
import { EndedElsewhere } from './ended-elsewhere.js';
import type { Terminal } from '../terminal/terminal.js';

const WATCH_EVERY_MS = 200;
const MIB = 2 ** 20;
/** What the process takes beside the query: Node, DuckDB's own structures, rows on their way out. */
const BASE_MIB = 1024;
/** How long a statement may take to notice that it is interrupted. */
const INTERRUPT_MS = 3000;

/** Ends a process that takes too much memory. Resolves, once it has ended, to whether that was needed. */
async function watchMemory(child: ChildProcess, mostMiB: number): Promise<boolean> {
  while (child.exitCode === null && child.signalCode === null && child.pid !== undefined) {
    // A process that has just ended has no memory.
    const { memory } = await pidusage(child.pid).catch(() => ({ memory: 0 }));
    if (memory > mostMiB * MIB) {
      child.kill('SIGKILL');
      return true;
    }
    await new Promise((resolve) => setTimeout(resolve, WATCH_EVERY_MS));
  }
  return false;
}

/**
 * Runs this command once more in a process of its own, and watches it. DuckDB's own limit does not count all that lists
 * and texts take (`len(range(500000000))` takes 21 GB under a limit of 200 MB), and such a statement hears neither an
 * interrupt nor Ctrl-C: only the end of its process ends it.
 *
 * @throws EndedElsewhere when the process has ended by itself; `DATAVIS_CLI_MEMORY`.
 */
export async function runInOwnProcess(
  argv: readonly string[],
  memoryMiB: number,
  terminal: Terminal,
): Promise<never> {
  const child = spawn(process.execPath, [...process.execArgv, process.argv[1] ?? '', ...argv], {
    stdio: 'inherit',
    env: { ...process.env, DATAVIS_QUERY_PROCESS: '1' },
  });
  // A terminal sends Ctrl-C to both processes; a supervisor's SIGTERM reaches this one alone.
  const onSignal = (signal: NodeJS.Signals): void => {
    if (signal === 'SIGTERM') child.kill(signal);
    setTimeout(() => child.kill('SIGKILL'), INTERRUPT_MS).unref();
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  const mostMiB = 2 * memoryMiB + BASE_MIB;
  const outgrown = watchMemory(child, mostMiB);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('exit', resolve);
  });
  if (await outgrown) {
    throw new CliError('DATAVIS_CLI_MEMORY', `The query took more than ${mostMiB} MiB and was ended`, {
      hint: `Select less, or give it more: --memory ${2 * memoryMiB}.`,
    });
  }
  if (code === null) terminal.error('Stopped. Nothing was changed.');
  throw new EndedElsewhere(code ?? EXIT.interrupted);
}
