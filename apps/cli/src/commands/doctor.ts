import type { Command } from 'commander';
import { CliError } from '../errors.js';
import { withDatabase } from '../context.js';
import type { CliContext, DatabaseOptions } from '../context.js';

export function doctorCommand(program: Command, { terminal }: CliContext): void {
  withDatabase(program.command('doctor'))
    .description('look at versions, engines, the database, locks and disk, and say what to repair')
    .action(async (options: DatabaseOptions) => {
      const { examine } = await import('../doctor/examine.js');
      const { createColors } = await import('picocolors');
      const checks = await examine(options.db);
      if (options.json === true) {
        await terminal.out(JSON.stringify(checks));
      } else {
        const colors = createColors(terminal.stdoutColors);
        const marks = { ok: colors.green('ok  '), warning: colors.yellow('warn'), problem: colors.red('FAIL') };
        for (const { state, name, found, fix } of checks) {
          await terminal.out(`${marks[state]} ${name.padEnd(18)} ${found}`);
          if (fix !== undefined) await terminal.out(`     ${''.padEnd(18)} → ${fix}`);
        }
      }
      const problems = checks.filter(({ state }) => state === 'problem').length;
      if (problems > 0) throw new CliError('DATAVIS_CLI_FAILED', `${problems} of ${checks.length} checks failed`);
    });
}
