import type { ImportRequest, ImportResult } from '@datavis/engine';
import type { CocoWorker } from '@datavis/ingest-coco/worker';
import { DataVisError, isAbortError, isDataVisError } from '@datavis/plugin-sdk';
import type { ImportCommandOptions } from '../commands/import.js';
import { openSession } from '../composition.js';
import { IN_MEMORY } from '../context.js';
import { interruptible } from '../interrupt.js';
import { parsePairs } from '../plugins/options.js';
import { createProgress } from '../terminal/progress.js';
import type { Terminal } from '../terminal/terminal.js';
import { reportProgress } from './report-progress.js';
import { forgetImport, rememberImport, unfinishedImport } from './unfinished.js';

function requestOf(sources: readonly string[], options: ImportCommandOptions): ImportRequest {
  const { images, media, dataset, split, policy, format, formatOption } = options;
  return { sources, media, policy, images, dataset, split, format, formatOptions: parsePairs(formatOption ?? []) };
}

/** Room for two commits, of which one is compressed while the other is filled. With less, DuckDB spills to disk. */
const IMPORT_BUFFERS_BYTES = 160 << 20;

/** Imports into the database file and shows how far it is. Until its end, `datavis resume` knows of it. */
export async function importHere(
  sources: readonly string[],
  options: ImportCommandOptions,
  terminal: Terminal,
  worker?: CocoWorker,
): Promise<ImportResult> {
  const session = await openSession(options.db, {
    memoryLimitBytes: IMPORT_BUFFERS_BYTES,
    importsDir: `${options.db === IN_MEMORY ? './datavis' : options.db}.imports`,
    worker,
    plugins: {
      options,
      datasetFolders: sources,
      note: (message) => {
        terminal.note(message);
      },
    },
  });
  const unfinished = unfinishedImport(sources, options);
  const isKept = options.db !== IN_MEMORY;
  const progress = createProgress(terminal);
  const reports = { count: 0 };
  if (isKept) rememberImport(options.db, unfinished);
  try {
    const notes = isKept ? KEPT : NOT_KEPT;
    const result = await interruptible(terminal, notes, async (signal) =>
      session.engine.import(requestOf(sources, options), {
        signal,
        onProgress: (state) => {
          reports.count++;
          reportProgress(progress, state);
        },
      }),
    );
    if (isKept) forgetImport(options.db, unfinished);
    return result;
  } catch (error) {
    // Nothing to go on with: a source that is not there, a layout that is not clear.
    if (isKept && reports.count === 0 && !isAbortError(error)) forgetImport(options.db, unfinished);
    throw withResumeHint(error);
  } finally {
    progress.end();
    await session.close();
  }
}

const KEPT = {
  stopping: 'Stopping at a safe point …',
  stopped: 'Paused. What was read is kept: datavis resume, or the same command again, goes on from there.',
};
const NOT_KEPT = { stopping: 'Stopping …', stopped: 'Stopped. Nothing was written.' };

/** How to go on after an error that leaves the rows read so far in the database. */
function withResumeHint(error: unknown): unknown {
  if (!isDataVisError(error, 'DATAVIS_INGEST_TRUNCATED') || error.hint !== undefined) return error;
  const { code, message, place, cause } = error;
  return new DataVisError(code, message, {
    cause,
    ...(place && { place }),
    hint: 'What lies before is kept. Repair the file, then datavis resume goes on from there.',
  });
}
