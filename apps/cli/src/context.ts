import type { Command } from 'commander';
import type { Terminal } from './terminal/terminal.js';

/** Options that every command takes. */
export interface CommonOptions {
  readonly json?: boolean;
  readonly quiet?: boolean;
}

export interface DatabaseOptions extends CommonOptions {
  readonly db: string;
  /** Base URL of a server that is asked instead of the file. */
  readonly server?: string;
}

export interface DatasetOptions extends DatabaseOptions {
  readonly dataset?: string;
  /** A word among conditions that is none: the dataset, if there is one of that name. */
  readonly word?: string;
}

/** What a command works with. Commands import what is heavy inside of their action. */
export interface CliContext {
  readonly terminal: Terminal;
  /** Errors are told as JSON, by whoever runs the program. */
  readonly json?: boolean | undefined;
  /** Set where a user's SQL gets a process of its own: the arguments that started this one. */
  readonly ownProcessArgv?: readonly string[] | undefined;
}

export const DEFAULT_DATABASE = './datavis.duckdb';
/** A database of the process alone: `validate` reads into it. */
export const IN_MEMORY = ':memory:';

export function withCommon(command: Command): Command {
  return command
    .option('--json', 'one JSON document on stdout, and errors as JSON on stderr')
    .option('-q, --quiet', 'no progress and no notes on stderr');
}

/** For commands that need the file itself. */
export function withDatabase(command: Command): Command {
  return withCommon(command.option('--db <file>', 'the database', DEFAULT_DATABASE));
}

/** For commands that a server can answer too. */
export function withDatabaseOrServer(command: Command): Command {
  return withDatabase(command).option(
    '--server <url>',
    'ask the server that holds the database, not the file; its token is read from DATAVIS_TOKEN',
  );
}

export function withDataset(command: Command): Command {
  return command.option('--dataset <name>', 'the dataset (default: the only one)');
}

export const CONDITION_WORDS = 'name=value; a single word without = is the dataset';

/** The dataset as a word too, for commands without other words. */
export function withDatasetWord(command: Command): Command {
  return withDataset(command.argument('[dataset]', 'the same as --dataset'));
}
