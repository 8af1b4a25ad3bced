import type { Command } from 'commander';
import { withWord } from '../browse/dataset-name.js';
import { withDatabaseOrServer, withDatasetWord } from '../context.js';
import type { CliContext, DatasetOptions } from '../context.js';

export function verifyCommand(program: Command, { terminal }: CliContext): void {
  withDatasetWord(withDatabaseOrServer(program.command('verify')))
    .description('read the sources again and prove that the database holds every record of them')
    .action(async (word: string | undefined, options: DatasetOptions) => {
      const { runVerify } = await import('../output/run-verify.js');
      await runVerify(withWord(options, word), terminal);
    });
}
