import { existsSync } from 'node:fs';
import type { ImportProgress, ImportRequest, ImportResult } from '@datavis/engine';
import type { ImportCommandOptions } from '../commands/import.js';
import { openSession } from '../composition.js';
import type { Session } from '../composition.js';
import { usage } from '../errors.js';
import { withResumeHint } from './resume-hint.js';
import { interruptible } from '../interrupt.js';
import { createProgress } from '../terminal/progress.js';
import type { Progress } from '../terminal/progress.js';
import { formatCounts } from '../terminal/format.js';
import type { Terminal } from '../terminal/terminal.js';
import { printSummary } from './summary.js';

const phases = { read: '', link: ', joining', media: '' } as const;

function show(progress: Progress, state: ImportProgress): void {
  const name = state.uri.slice(state.uri.lastIndexOf('/') + 1);
  const number = state.sources > 1 ? ` (${state.source} of ${state.sources})` : '';
  if (state.media !== undefined) {
    progress.update({
      title: 'Looking up pictures',
      done: state.media.images,
      total: state.media.of,
      unit: 'items',
    });
    return;
  }
  progress.update({
    title: `${name}${number}${phases[state.phase]}`,
    done: state.bytesRead,
    total: state.bytesTotal ?? undefined,
    unit: 'bytes',
    detail: formatCounts(state.read),
  });
}

function requestOf(sources: readonly string[], options: ImportCommandOptions): ImportRequest {
  const { images, media, dataset, split, policy } = options;
  return {
    sources,
    media,
    policy,
    ...(images !== undefined && { images }),
    ...(dataset !== undefined && { dataset }),
    ...(split !== undefined && { split }),
  };
}

/** What the engine imports: the sources themselves, or what a plugin's importer makes of them. */
async function toRequest(
  sources: readonly string[],
  options: ImportCommandOptions,
  { plugins: host, stores }: Session,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<ImportRequest> {
  const request = requestOf(sources, options);
  const { format, db, dataset } = options;
  if (format === undefined || format === 'coco') return request;
  const [source] = sources;
  if (source === undefined || sources.length > 1) throw usage(`--format ${format} takes one source`);
  const { importFormat } = await import('./import-format.js');
  const made = await importFormat(
    { host, stores },
    { source, format, db, ...(dataset !== undefined && { dataset }) },
    signal,
  );
  if (made.because !== undefined) terminal.note(`${source}: ${made.because}`);
  return { images: made.images, ...request, sources: [made.file], dataset: made.dataset };
}

/** Imports, shows how far it is, and ends with the result on stdout. */
export async function runImport(
  sources: readonly string[],
  options: ImportCommandOptions,
  terminal: Terminal,
): Promise<void> {
  const session = await openSession(options.db, {
    plugins: {
      options,
      datasetFolders: sources.filter((source) => existsSync(source)),
      note: (message) => {
        terminal.note(message);
      },
    },
  });
  const progress = createProgress(terminal);
  try {
    const result = await interruptible(terminal, 'Stopping at a safe point …', async (signal) =>
      session.engine.import(await toRequest(sources, options, session, terminal, signal), {
        signal,
        onProgress: (state) => {
          show(progress, state);
        },
      }),
    );
    progress.end();
    await report(result, options, terminal);
  } catch (error) {
    progress.end();
    throw withResumeHint(error);
  } finally {
    await session.close();
  }
}

async function report(result: ImportResult, options: ImportCommandOptions, terminal: Terminal): Promise<void> {
  if (options.json !== true) {
    await printSummary(result, terminal);
    return;
  }
  await terminal.out(JSON.stringify(result));
}
