import { guardExit } from './early-exit.js';
import { run } from './run.js';
import { createTerminal } from './terminal/terminal.js';

/**
 * Runs the command that the process was called with, and sets its exit code. Nothing heavy is imported before a command
 * needs it: `--help` starts in less than twice the time of bare Node.
 */
export async function main(): Promise<void> {
  const argv = process.argv.slice(2);
  const isOwnProcess = process.env['DATAVIS_QUERY_PROCESS'] !== undefined;
  const atEnd = guardExit(process);
  process.exitCode = await run(argv, createTerminal(process), isOwnProcess ? {} : { ownProcessArgv: argv });
  atEnd();
}
