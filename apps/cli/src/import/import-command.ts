import type { ImportResult } from '@datavis/engine';
import type { ImportCommandOptions } from '../commands/import.js';
import type { Terminal } from '../terminal/terminal.js';
import { importHere, IN_MEMORY } from './run-import.js';
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
  if (options.server === undefined) return await importHere(sources, options, terminal);
  const { importByServer } = await import('../server/remote-import.js');
  return await importByServer(sources, options, options.server, terminal);
}

/** `datavis validate`: the same reading, into nothing. */
export async function runValidate(
  sources: readonly string[],
  options: Omit<ImportCommandOptions, 'db'>,
  terminal: Terminal,
): Promise<void> {
  const inMemory = { ...options, db: IN_MEMORY };
  await report(await importHere(sources, inMemory, terminal), inMemory, terminal, 'valid');
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
