import { existsSync } from 'node:fs';
import type { ImportResult } from '@datavis/engine';
import type { SourceReader } from '@datavis/engine/read-ahead';
import type { CocoWorker } from '@datavis/ingest-coco/worker';
import type { ImportCommandOptions } from '../commands/import.js';
import { IN_MEMORY } from '../context.js';
import { takeReadingThread } from '../reading-thread.js';
import type { Terminal } from '../terminal/terminal.js';
import { printSummary } from './summary.js';

/** `datavis import`: by the server that is named, else into the file. Ends with the result on stdout. */
export async function runImport(
  sources: readonly string[],
  options: ImportCommandOptions,
  terminal: Terminal,
): Promise<void> {
  await report(await imported(sources, options, terminal), options, terminal);
}

async function imported(
  sources: readonly string[],
  options: ImportCommandOptions,
  terminal: Terminal,
): Promise<ImportResult> {
  if (options.server === undefined) return await importInThread(sources, options, terminal);
  const { importByServer } = await import('../server/remote-import.js');
  return await importByServer(sources, options, options.server, terminal);
}

/**
 * The reading thread starts first: it boots, and begins with a file that can only be new, on another core while the
 * modules of the engine are loaded and the database is made on this one.
 */
async function importInThread(
  sources: readonly string[],
  options: ImportCommandOptions,
  terminal: Terminal,
): Promise<ImportResult> {
  const worker = await takeReadingThread();
  const reader = beginReading(worker, sources, options);
  try {
    const { importHere } = await import('./run-import.js');
    return await importHere(sources, options, terminal, { worker, reader: await reader });
  } finally {
    // Also where nobody has asked for what it has begun: that would keep the process alive.
    await worker.close();
  }
}

/** Begins where the import can only ask for the whole of one annotation file: nothing is stored yet. Else just the worker. */
async function beginReading(
  worker: CocoWorker,
  sources: readonly string[],
  { db, format, policy }: ImportCommandOptions,
): Promise<SourceReader> {
  const [path = '', ...others] = sources;
  const isNew = db === IN_MEMORY || !existsSync(db);
  if (!isNew || others.length > 0 || format !== undefined || !/\.json$/i.test(path)) return worker;
  const { readAhead } = await import('@datavis/engine/read-ahead');
  return await readAhead(worker, path, { policy });
}

/** `datavis validate`: the same reading, into nothing. */
export async function runValidate(
  sources: readonly string[],
  options: Omit<ImportCommandOptions, 'db'>,
  terminal: Terminal,
): Promise<void> {
  const inMemory = { ...options, db: IN_MEMORY };
  await report(await importInThread(sources, inMemory, terminal), inMemory, terminal, 'valid');
}

async function report(
  result: ImportResult,
  options: ImportCommandOptions,
  terminal: Terminal,
  verb?: string,
): Promise<void> {
  if (options.json === true) await terminal.out(JSON.stringify(result));
  else await printSummary(result, terminal, verb);
}
