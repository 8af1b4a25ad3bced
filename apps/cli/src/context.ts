import type { Command } from 'commander';
import type { Terminal } from './terminal/terminal.js';

/** Options that every command takes. */
export interface CommonOptions {
  readonly json?: boolean;
  readonly quiet?: boolean;
}

export interface DatabaseOptions extends CommonOptions {
  readonly db: string;
}

/** What a command works with. Commands import what is heavy inside of their action. */
export interface CliContext {
  readonly terminal: Terminal;
}

export const DEFAULT_DATABASE = './datavis.duckdb';

export function withCommon(command: Command): Command {
  return command
    .option('--json', 'one JSON document on stdout, and errors as JSON on stderr')
    .option('-q, --quiet', 'no progress and no notes on stderr');
}

export function withDatabase(command: Command): Command {
  return withCommon(command.option('--db <file>', 'the database', DEFAULT_DATABASE));
}
