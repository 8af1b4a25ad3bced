import { Argument, Option } from 'commander';
import type { Command } from 'commander';
import { withWord } from '../browse/dataset-name.js';
import { withDatabase, withDatabaseOrServer } from '../context.js';
import type { CliContext, DatabaseOptions } from '../context.js';

export interface SnapshotOptions extends DatabaseOptions {
  readonly out: string;
  readonly dataset?: string;
  readonly force?: boolean;
}

export interface PromoteOptions extends DatabaseOptions {
  readonly name?: string;
  readonly type?: 'integer' | 'number' | 'boolean' | 'text';
  readonly undo?: boolean;
}

const SNAPSHOT_NOTES = `
The copy is sorted by image and needs nothing of DataVis: DuckDB, duckdb-wasm and datavis query --db read it, while a
server goes on with the database itself.`;

export function snapshotCommand(program: Command, { terminal }: CliContext): void {
  withDatabaseOrServer(program.command('snapshot'))
    .argument('[dataset]', 'the same as --dataset')
    .description('copy the catalog, or one dataset, into a sorted, read-only DuckDB file')
    .requiredOption('-o, --out <file>', 'the file')
    .option('--dataset <name>', 'only this dataset (default: all)')
    .option('--force', 'replace a file of that name')
    .addHelpText('after', SNAPSHOT_NOTES)
    .action(async (word: string | undefined, options: SnapshotOptions) => {
      const { runSnapshot } = await import('../maintain/run-snapshot.js');
      await runSnapshot(withWord(options, word), terminal);
    });
}

export function optimiseCommand(program: Command, { terminal }: CliContext): void {
  withDatabase(program.command('optimise'))
    .description('rewrite the database file sorted by image and compact; needs free disk of its size')
    .action(async (options: DatabaseOptions) => {
      const { runOptimise } = await import('../maintain/run-optimise.js');
      await runOptimise(options, terminal);
    });
}

const PROMOTE_NOTES = `
The column is called x_NAME in SQL. What is not of its type stays in extra, and exports are the same as before.

Examples:
  datavis promote annotations difficult
  datavis promote images weather --undo`;

export function promoteCommand(program: Command, { terminal }: CliContext): void {
  withDatabase(program.command('promote'))
    .description('make a key of records that has no column of its own a typed one, for fast filters')
    .addArgument(new Argument('<table>').choices(['images', 'annotations']))
    .argument('<field>', 'the key, as the files spell it')
    .option('--name <name>', 'of the column (default: the key in lower case)')
    .addOption(
      new Option('--type <type>', 'default: what the values are').choices(['integer', 'number', 'boolean', 'text']),
    )
    .option('--undo', 'the reverse')
    .addHelpText('after', PROMOTE_NOTES)
    .action(async (table: 'images' | 'annotations', field: string, options: PromoteOptions) => {
      const { runPromote } = await import('../maintain/run-promote.js');
      await runPromote(table, field, options, terminal);
    });
}
