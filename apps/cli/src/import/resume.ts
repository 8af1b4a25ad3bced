import { resolve } from 'node:path';
import type { ImportResult } from '@datavis/engine';
import type { ResumeOptions } from '../commands/import.js';
import { assertDatabase, openForReading } from '../database.js';
import type { Terminal } from '../terminal/terminal.js';
import { importHere } from './run-import.js';
import { printSummary } from './summary.js';
import { unfinishedImports } from './unfinished.js';
import type { UnfinishedImport } from './unfinished.js';

/** Lets every interrupted import go on: of the server that is named, else of the file. */
export async function runResume(options: ResumeOptions, terminal: Terminal): Promise<void> {
  const results =
    options.server === undefined ? await resumeHere(options, terminal) : await resumeThere(options, terminal);
  if (options.json === true) {
    await terminal.out(JSON.stringify(results));
    return;
  }
  if (results.length === 0) await terminal.out('Nothing to resume: every import has ended.');
  for (const result of results) await printSummary(result, terminal);
}

async function resumeThere({ server = '' }: ResumeOptions, terminal: Terminal): Promise<ImportResult[]> {
  const { resumeByServer } = await import('../server/remote-import.js');
  return await resumeByServer(server, terminal);
}

async function resumeHere(options: ResumeOptions, terminal: Terminal): Promise<ImportResult[]> {
  assertDatabase(options.db);
  const db = resolve(options.db);
  const remembered = unfinishedImports(db);
  const results: ImportResult[] = [];
  for (const { cwd, sources, options: asGiven } of remembered.length > 0 ? remembered : await partialSources(db)) {
    terminal.note(`Going on with ${sources.join(' ')}`);
    // Paths and plugins of the command are found from where it was given.
    process.chdir(cwd);
    results.push(await importHere(sources, { ...asGiven, db }, terminal));
  }
  return results;
}

/** What the database itself knows of imports that another program began: the sources that are there in part. */
async function partialSources(db: string): Promise<UnfinishedImport[]> {
  const database = await openForReading(db);
  try {
    const connection = await database.connect();
    const rows = await connection.all<{
      uri: string;
      dataset: string;
      split: string | null;
      settings: string | null;
      media_root: string | null;
    }>(
      `SELECT s.uri, d.name AS dataset, p.name AS split, s.settings, s.media_root FROM sources s
       JOIN datasets d USING (dataset_key) LEFT JOIN splits p USING (split_key)
       WHERE s.state = 'partial' ORDER BY s.source_key`,
    );
    return rows.map(({ uri, dataset, split, settings, media_root: mediaRoot }) => {
      const { policy = 'tolerant' } = JSON.parse(settings ?? '{}') as { policy?: 'tolerant' };
      const media = mediaRoot !== null;
      const options = { dataset, media, policy, plugins: true, ...(split !== null && { split }) };
      return { cwd: process.cwd(), sources: [uri], options };
    });
  } finally {
    await database.close();
  }
}
