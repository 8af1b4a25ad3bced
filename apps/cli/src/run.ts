import { CommanderError } from 'commander';
import type { Command } from 'commander';
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
    const program = createProgram({ ...context, terminal });
    await program.parseAsync(await withOperations(argv, program), { from: 'user' });
    return EXIT.done;
  } catch (caught) {
    if (caught instanceof CommanderError) return caught.exitCode === 0 ? EXIT.done : EXIT.usage;
    if (isEndedElsewhere(caught)) return caught.exitCode;
    const error = await withServerHint(caught);
    terminal.error(json ? errorAsJson(error) : describeError(error, terminal.stderrColors));
    return exitCodeOf(error);
  }
}

/** Operations of plugins are commands too. The engine is loaded only for a word that is no command. */
async function withOperations(argv: readonly string[], program: Command): Promise<readonly string[]> {
  const commands = program.commands.map((command) => command.name());
  const [first = '-'] = argv;
  if (first.startsWith('-') || commands.includes(first)) return argv;
  const { asOperation } = await import('./plugins/as-operation.js');
  return asOperation(argv, commands);
}
