import { CommanderError } from 'commander';
import type { Command } from 'commander';
import { usage } from './errors.js';
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
    const program = createProgram({ ...context, terminal, json });
    try {
      await program.parseAsync(await withOperations(argv, program), { from: 'user' });
    } catch (error) {
      // Help and version are such errors too.
      if (!(error instanceof CommanderError) || error.exitCode !== 0) throw error;
    }
    await terminal.settle();
    return EXIT.done;
  } catch (caught) {
    if (isEndedElsewhere(caught)) return caught.exitCode;
    if (caught instanceof CommanderError) {
      if (json) terminal.error(errorAsJson(usage(caught.message.replace(/^error: /, ''))));
      return EXIT.usage;
    }
    const error = await withServerHint(caught, argv[0]);
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
