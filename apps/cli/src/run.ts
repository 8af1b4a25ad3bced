import { CommanderError } from 'commander';
import { EXIT, exitCodeOf } from './exit-codes.js';
import type { CliContext } from './context.js';
import { createProgram } from './program.js';
import { isEndedElsewhere } from './query/ended-elsewhere.js';
import { describeError, errorAsJson } from './terminal/describe-error.js';
import { withServerHint } from './server/held-hint.js';
import type { Terminal } from './terminal/terminal.js';

/** Runs one command line. Resolves to the exit code; never rejects. */
export async function run(
  argv: readonly string[],
  terminal: Terminal,
  context: Omit<CliContext, 'terminal'> = {},
): Promise<number> {
  const json = argv.includes('--json');
  try {
    await createProgram({ ...context, terminal }).parseAsync(argv, { from: 'user' });
    return EXIT.done;
  } catch (caught) {
    if (caught instanceof CommanderError) return caught.exitCode === 0 ? EXIT.done : EXIT.usage;
    if (isEndedElsewhere(caught)) return caught.exitCode;
    const error = await withServerHint(caught);
    terminal.error(json ? errorAsJson(error) : describeError(error, terminal.stderrColors));
    return exitCodeOf(error);
  }
}
