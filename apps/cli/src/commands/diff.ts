import type { Command } from 'commander';
import { withDatabase } from '../context.js';
import type { CliContext, DatabaseOptions } from '../context.js';

export interface DiffOptions extends DatabaseOptions {
  readonly split?: string;
  readonly limit: string;
  readonly exitCode?: boolean;
}

const NOTES = `
Each side is a dataset of the database, or a folder, annotation file, archive or URI, which is read into a database of its
own and leaves nothing behind. Pictures are found again by split and file name, categories by name, annotations by picture
and id.

Examples:
  datavis diff pets pets-v2
  datavis diff pets ./instances_val_fixed.json --split val
  datavis diff old.json new.json --exit-code`;

export function diffCommand(program: Command, { terminal }: CliContext): void {
  withDatabase(program.command('diff'))
    .description('what was added, removed and changed between two datasets, or a dataset and a file')
    .argument('<before>', 'a dataset or a source')
    .argument('<after>', 'a dataset or a source')
    .option('--split <name>', 'only this split of datasets; sources are read as this split')
    .option('-n, --limit <examples>', 'most examples of each table and kind', '5')
    .option('--exit-code', 'exit with 1 where they differ')
    .addHelpText('after', NOTES)
    .action(async (before: string, after: string, options: DiffOptions) => {
      const { runDiff } = await import('../diff/run-diff.js');
      await runDiff(before, after, options, terminal);
    });
}
