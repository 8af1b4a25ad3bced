import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { text as readText } from 'node:stream/consumers';
import { finished } from 'node:stream/promises';
import type { SqlConnection, SqlDatabase } from '@datavis/plugin-sdk';
import type { QueryOptions } from '../commands/query.js';
import { assertDatabase, openForReading } from '../database.js';
import { usage } from '../errors.js';
import { interruptible } from '../interrupt.js';
import { formatCount } from '../terminal/format.js';
import type { Terminal } from '../terminal/terminal.js';
import { writeRows } from './write-rows.js';
import type { RowFormat } from './write-rows.js';

type Write = (line: string) => Promise<void>;

/** Answers one statement over the file: no server is asked, since none runs SQL of its users. */
export async function runQuery(
  given: string,
  options: QueryOptions,
  memoryMiB: number,
  terminal: Terminal,
): Promise<void> {
  const sql = withoutEnd(given === '-' ? await readText(process.stdin) : given);
  const format = options.format ?? (options.json === true ? 'json' : 'table');
  if (format === 'parquet' && options.out === undefined) {
    throw usage('Parquet cannot be written to the terminal', 'Name a file: --out FILE.');
  }
  const database = await openFor(options, memoryMiB * 2 ** 20);
  try {
    const connection = await database.connect();
    await harden(connection, format === 'parquet' ? options.out : undefined);
    const notes = { stopping: 'Stopping the query …', stopped: 'Stopped. Nothing was changed.' };
    await interruptible(terminal, notes, async (signal) => {
      if (format === 'parquet') await copyToParquet(connection, sql, options.out ?? '', signal, terminal);
      else await printRows(connection, sql, format, options, signal, terminal);
    });
  } finally {
    await database.close();
  }
}

async function openFor({ db, write }: QueryOptions, memoryLimitBytes: number): Promise<SqlDatabase> {
  if (write !== true) return await openForReading(db, memoryLimitBytes);
  assertDatabase(db);
  const { openDuckDb } = await import('@datavis/storage/duckdb-node');
  return await openDuckDb(db, { memoryLimitBytes });
}

/** One statement, so that it can be put in parentheses. */
function withoutEnd(sql: string): string {
  const statement = sql.trim().replace(/(\s*;)+\s*$/, '');
  if (statement === '') throw usage('There is no statement', 'Give it in quotes, or - to read it from stdin.');
  return statement;
}

/** The statement sees the database and nothing else, also with --write: no files, no network, no extensions, no settings. */
async function harden(connection: SqlConnection, outFile: string | undefined): Promise<void> {
  if (outFile !== undefined) {
    await connection.run(`SET allowed_paths = ['${resolve(outFile).replaceAll("'", "''")}']`);
  }
  await connection.run('SET enable_external_access = false');
  await connection.run('SET lock_configuration = true');
}

async function copyToParquet(
  connection: SqlConnection,
  sql: string,
  file: string,
  signal: AbortSignal,
  terminal: Terminal,
): Promise<void> {
  const target = resolve(file).replaceAll("'", "''");
  const rows = await connection.run(`COPY (${sql}) TO '${target}' (FORMAT parquet, COMPRESSION zstd)`, [], {
    signal,
  });
  terminal.note(`${formatCount(rows)} rows written to ${file}`);
}

async function printRows(
  connection: SqlConnection,
  sql: string,
  format: RowFormat,
  options: QueryOptions,
  signal: AbortSignal,
  terminal: Terminal,
): Promise<void> {
  const batches = connection.batches(sql, [], { signal });
  if (options.out === undefined) {
    const write: Write = (line) => terminal.out(line);
    const rows = await writeRows(batches, format, write, { colors: terminal.stdoutColors });
    if (format === 'table') terminal.note(`${formatCount(rows)} ${rows === 1 ? 'row' : 'rows'}`);
    return;
  }
  const file = createWriteStream(options.out);
  const write: Write = async (line) => {
    if (!file.write(`${line}\n`)) await once(file, 'drain');
  };
  const rows = await writeRows(batches, format, write, { colors: false });
  file.end();
  await finished(file);
  terminal.note(`${formatCount(rows)} rows written to ${options.out}`);
}
