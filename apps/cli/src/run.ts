import { CommanderError } from 'commander';
import { EXIT, exitCodeOf } from './exit-codes.js';
import { createProgram } from './program.js';
import { describeError, errorAsJson } from './terminal/describe-error.js';
import type { Terminal } from './terminal/terminal.js';

/** Runs one command line. Resolves to the exit code; never rejects. */
export async function run(argv: readonly string[], terminal: Terminal): Promise<number> {
  const json = argv.includes('--json');
  try {
    await createProgram({ terminal }).parseAsync(argv, { from: 'user' });
    return EXIT.done;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    terminal.error(json ? errorAsJson(error) : describeError(error, terminal.stderrColors));
    return exitCodeOf(error);
  }
}
