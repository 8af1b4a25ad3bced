import { Option } from 'commander';
import type { Command } from 'commander';
import { wholeNumber } from '../errors.js';
import { withDatabase } from '../context.js';
import type { CliContext, DatabaseOptions } from '../context.js';

export interface QueryOptions extends DatabaseOptions {
  readonly format?: 'table' | 'json' | 'ndjson' | 'csv' | 'parquet';
  readonly out?: string;
  readonly memory: string;
  readonly write?: boolean;
}

const EXAMPLES = `
Tables: datasets, splits, sources, images, annotations, categories, findings, ingest_runs.

Examples:
  datavis query "SELECT count(*) FROM images"
  datavis query "SELECT name, count(*) AS boxes FROM annotations JOIN categories USING (category_key) GROUP BY ALL" --json
  datavis query "FROM annotations WHERE area < 100" --format parquet --out tiny.parquet`;

export function queryCommand(program: Command, { terminal, ownProcessArgv }: CliContext): void {
  withDatabase(program.command('query').argument('<sql>', 'one statement; - reads it from stdin'))
    .description('run SQL over the database, for reading only')
    .addOption(
      new Option(
        '-f, --format <format>',
        'form of the result (default: what the ending of --out says, else table; json with --json)',
      ).choices(['table', 'json', 'ndjson', 'csv', 'parquet']),
    )
    .option('-o, --out <file>', 'write the result to a file')
    .option('--memory <MiB>', 'memory of the query; one that takes far more is ended', '1024')
    .option('--write', 'let the statement change the database (still no files, no network)')
    .addHelpText('after', EXAMPLES)
    .action(async (sql: string, options: QueryOptions) => {
      const memoryMiB = wholeNumber('memory', options.memory, 64);
      if (ownProcessArgv !== undefined) {
        const { runInOwnProcess } = await import('../query/own-process.js');
        await runInOwnProcess(ownProcessArgv, memoryMiB, terminal);
      }
      const { runQuery } = await import('../query/run-query.js');
      await runQuery(sql, options, memoryMiB, terminal);
    });
}
