import { open } from 'node:fs/promises';
import { extname, resolve } from 'node:path';
import { text as readText } from 'node:stream/consumers';
import { isDataVisError } from '@datavis/plugin-sdk';
import type { SqlConnection, SqlDatabase } from '@datavis/plugin-sdk';
import type { QueryOptions } from '../commands/query.js';
import { assertDatabase, openForReading } from '../database.js';
import { usage } from '../errors.js';
import { interruptible } from '../interrupt.js';
import { formatCount } from '../terminal/format.js';
import { cannotWrite, wholeFile } from '../output/whole-file.js';
import type { Terminal } from '../terminal/terminal.js';
import { toCsvLine } from './csv.js';
import { writeRows } from './write-rows.js';
import type { RowFormat, WriteLine } from './write-rows.js';

/** What has to be known of a statement to answer it. */
interface Answer {
  readonly connection: SqlConnection;
  readonly sql: string;
  readonly signal: AbortSignal;
}

/** Answers one statement over the file: no server is asked, since none runs SQL of its users. */
export async function runQuery(
  given: string,
  options: QueryOptions,
  memoryMiB: number,
  terminal: Terminal,
): Promise<void> {
  const sql = withoutEnd(given === '-' ? await readText(process.stdin) : given);
  const { out } = options;
  const format = options.format ?? formatOf(out) ?? (options.json === true ? 'json' : 'table');
  if (out === undefined) assertPrintable(format, options);
  const database = await openFor(options, memoryMiB * 2 ** 20);
  try {
    const notes = { stopping: 'Stopping the query …', stopped: 'Stopped. Nothing was changed.' };
    await interruptible(terminal, notes, async (signal) => {
      const connection = await database.connect();
      if (out === undefined) {
        await harden(connection, undefined);
        await printRows({ connection, sql, signal }, format as RowFormat, terminal);
        return;
      }
      const rows = await wholeFile(out, async (unfinished) => {
        await harden(connection, unfinished);
        const answer = { connection, sql, signal };
        return format === 'parquet'
          ? copyToParquet(answer, unfinished, out)
          : writeFileOfRows(answer, format, unfinished);
      });
      if (options.json === true) await terminal.out(JSON.stringify({ out, format, rows }));
      else terminal.note(`${formatCount(rows)} ${rows === 1 ? 'row' : 'rows'} written to ${out}`);
    });
  } finally {
    await database.close();
  }
}

/** What the ending of a file's name says. */
function formatOf(out: string | undefined): QueryOptions['format'] {
  switch (extname(out ?? '').toLowerCase()) {
    case '.csv':
      return 'csv';
    case '.json':
      return 'json';
    case '.ndjson':
    case '.jsonl':
      return 'ndjson';
    case '.parquet':
      return 'parquet';
    default:
      return undefined;
  }
}

function assertPrintable(format: string, { json }: QueryOptions): void {
  if (format === 'parquet') throw usage('Parquet cannot be written to the terminal', 'Name a file: --out FILE.');
  if (json === true && format !== 'json') {
    throw usage(
      `--json and --format ${format} are two forms of one result`,
      'Leave one away, or name a file: --out FILE.',
    );
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

async function copyToParquet({ connection, sql, signal }: Answer, file: string, out: string): Promise<number> {
  const target = resolve(file).replaceAll("'", "''");
  try {
    return await connection.run(
      `COPY (${sql}) TO '${target}' (FORMAT parquet, COMPRESSION zstd, USE_TMP_FILE false)`,
      [],
      { signal },
    );
  } catch (error) {
    if (!isDataVisError(error, 'DATAVIS_STORAGE_SQL') || !error.message.startsWith('IO Error: Could not write'))
      throw error;
    const why = /: ([^:]*) \(in: /.exec(error.message)?.[1] ?? error.message;
    throw cannotWrite(out, why, 'Make room, or name another disk.', error);
  }
}

async function printRows(answer: Answer, format: RowFormat, terminal: Terminal): Promise<void> {
  const rows = await rowsOf(answer, format, (line) => terminal.out(line), terminal.stdoutColors);
  if (format === 'table') terminal.note(`${formatCount(rows)} ${rows === 1 ? 'row' : 'rows'}`);
}

async function writeFileOfRows(answer: Answer, format: RowFormat, path: string): Promise<number> {
  const file = await open(path, 'w');
  try {
    const write = async (line: string): Promise<boolean> => {
      await file.write(`${line}\n`);
      return true;
    };
    return await rowsOf(answer, format, write, false);
  } finally {
    await file.close();
  }
}

async function rowsOf(
  { connection, sql, signal }: Answer,
  format: RowFormat,
  write: WriteLine,
  colors: boolean,
): Promise<number> {
  const rows = await writeRows(connection.batches(sql, [], { signal }), format, write, { colors });
  // Without rows there is no batch that has the names, and readers of CSV want its first line.
  if (rows === 0 && format === 'csv') {
    const columns = await connection.all<{ column_name: string }>(`DESCRIBE ${sql}`).catch(() => []);
    if (columns.length > 0) await write(toCsvLine(columns.map((column) => column.column_name)));
  }
  return rows;
}
