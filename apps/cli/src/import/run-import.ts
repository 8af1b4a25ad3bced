import { existsSync, rmSync } from 'node:fs';
import type { ImportRequest, ImportResult } from '@datavis/engine';
import { DataVisError, isAbortError, isDataVisError } from '@datavis/plugin-sdk';
import type { ImportCommandOptions } from '../commands/import.js';
import { openSession } from '../composition.js';
import type { ReadingThread } from '../composition.js';
import { IN_MEMORY } from '../context.js';
import { growHeapFreely } from '../heap-growth.js';
import { interruptible } from '../interrupt.js';
import { parsePairs } from '../plugins/options.js';
import { createProgress } from '../terminal/progress.js';
import type { Terminal } from '../terminal/terminal.js';
import { assertSources } from './assert-sources.js';
import { reportProgress } from './report-progress.js';
import { forgetImport, rememberImport, unfinishedImport } from './unfinished.js';

function requestOf(sources: readonly string[], options: ImportCommandOptions): ImportRequest {
  const { images, media, dataset, split, policy, format, formatOption } = options;
  return { sources, media, policy, images, dataset, split, format, formatOptions: parsePairs(formatOption ?? []) };
}

/** 128 MiB gained nothing with 406 MB of JSON or with 4 GB, and took 15 to 35 MB more. */
const IMPORT_BUFFERS_BYTES = 96 << 20;

/** Imports into the database file and shows how far it is. Until its end, `datavis resume` knows of it. */
export async function importHere(
  sources: readonly string[],
  options: ImportCommandOptions,
  terminal: Terminal,
  thread?: ReadingThread,
): Promise<ImportResult> {
  // What a format of a plugin takes for a source is for the plugin to say.
  if (options.format === undefined) assertSources(sources);
  growHeapFreely();
  const isKept = options.db !== IN_MEMORY;
  const isNew = isKept && !existsSync(options.db);
  const session = await openSession(options.db, {
    memoryLimitBytes: IMPORT_BUFFERS_BYTES,
    importsDir: `${isKept ? options.db : './datavis'}.imports`,
    thread,
    plugins: {
      options,
      datasetFolders: sources,
      note: (message) => {
        terminal.note(message);
      },
    },
  }).catch((error: unknown) => {
    if (isNew) removeEmpty(options.db);
    throw error;
  });
  const unfinished = unfinishedImport(sources, options);
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
    if (isKept && reports.count === 0 && !isAbortError(error)) {
      forgetImport(options.db, unfinished);
      // While it is held, so that no other process has begun to import into it.
      if (isNew) removeEmpty(options.db);
    }
    throw withResumeHint(error);
  } finally {
    progress.end();
    await session.close();
  }
}

/** A database that a failed import has made and put nothing into. Where it cannot be removed, it is an empty one. */
function removeEmpty(db: string): void {
  for (const path of [db, `${db}.wal`]) {
    try {
      rmSync(path, { force: true });
    } catch {
      return;
    }
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
