import type { Command } from 'commander';
import { withDatabaseOrServer, withDataset } from '../context.js';
import type { CliContext, DatasetOptions } from '../context.js';

export function verifyCommand(program: Command, { terminal }: CliContext): void {
  withDataset(withDatabaseOrServer(program.command('verify')))
    .description('read the sources again and prove that the database holds every record of them')
    .action(async (options: DatasetOptions) => {
      const { runVerify } = await import('../output/run-verify.js');
      await runVerify(options, terminal);
    });
}
