import type { Command } from 'commander';
import { withDatabase } from '../context.js';
import type { CliContext, DatabaseOptions } from '../context.js';

export interface VerifyOptions extends DatabaseOptions {
  readonly dataset?: string;
}

export function verifyCommand(program: Command, { terminal }: CliContext): void {
  withDatabase(program.command('verify'))
    .description('read the sources again and prove that the database holds every record of them')
    .option('--dataset <name>', 'the dataset (default: the only one)')
    .action(async (options: VerifyOptions) => {
      const { runVerify } = await import('../output/run-verify.js');
      await runVerify(options, terminal);
    });
}
