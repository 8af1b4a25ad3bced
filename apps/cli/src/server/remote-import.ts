import { resolve } from 'node:path';
import { watchImport } from '@datavis/client';
import type { Job } from '@datavis/client';
import type { ImportProgress, ImportResult } from '@datavis/engine';
import { DataVisError, isAbortError } from '@datavis/plugin-sdk';
import type { ImportCommandOptions } from '../commands/import.js';
import { CliError, usage } from '../errors.js';
import { reportProgress } from '../import/report-progress.js';
import { interruptible } from '../interrupt.js';
import { parsePairs } from '../plugins/options.js';
import { createProgress } from '../terminal/progress.js';
import type { Terminal } from '../terminal/terminal.js';
import { asError, connect } from './connect.js';
import type { Server } from './connect.js';

/** A server knows nothing of the folder that the command is given in. */
const absolute = (source: string): string => (/^[a-z][a-z0-9+.-]+:/i.test(source) ? source : resolve(source));

/** Has a server import what it may read: below the roots it was started with. */
export async function importByServer(
  sources: readonly string[],
  options: ImportCommandOptions,
  url: string,
  terminal: Terminal,
): Promise<ImportResult> {
  const { images, media, dataset, split, policy, format, formatOption, plugin, set, config } = options;
  if ([plugin, set, config].some((value) => value !== undefined)) {
    throw usage(
      '--plugin, --set and --config are for imports without a server',
      'A server uses the plugins that it was started with.',
    );
  }
  const server = connect(url);
  const job = await server.ask(
    server.client.POST('/v1/imports', {
      body: {
        sources: sources.map(absolute),
        media,
        policy,
        ...(images !== undefined && { images: absolute(images) }),
        ...(dataset !== undefined && { dataset }),
        ...(split !== undefined && { split }),
        ...(format !== undefined && { format }),
        ...(formatOption !== undefined && { formatOptions: parsePairs(formatOption) }),
      },
    }),
  );
  return await follow(server, job.id, terminal);
}

/** Lets the imports of a server go on that are paused or have failed, the oldest first. */
export async function resumeByServer(url: string, terminal: Terminal): Promise<ImportResult[]> {
  const server = connect(url);
  const { items } = await server.ask(server.client.GET('/v1/imports'));
  const waiting = items.filter(({ state }) => state === 'paused' || state === 'failed').reverse();
  const results: ImportResult[] = [];
  for (const { id, request } of waiting) {
    terminal.note(`Going on with ${request.sources.join(' ')}`);
    await server.ask(server.client.POST('/v1/imports/{job}/resume', { params: { path: { job: id } } }));
    results.push(await follow(server, id, terminal));
  }
  return results;
}

/** Shows a job until it rests. Ctrl-C pauses the import at its cursor. */
async function follow(server: Server, id: string, terminal: Terminal): Promise<ImportResult> {
  const progress = createProgress(terminal);
  const notes = {
    stopping: 'Asking the server to stop at a safe point …',
    stopped: `Paused. What was read is kept: datavis resume --server ${server.url} goes on from there.`,
  };
  try {
    return await interruptible(terminal, notes, async (signal) => {
      let last: Job | undefined;
      try {
        for await (const job of watchImport(server.client, id, { signal })) {
          last = job;
          if (job.progress !== null) reportProgress(progress, job.progress as ImportProgress);
        }
      } catch (error) {
        if (isAbortError(error)) {
          await server.ask(server.client.POST('/v1/imports/{job}/cancel', { params: { path: { job: id } } }));
        }
        throw asError(error, server.url);
      }
      return resultOf(last, server);
    });
  } finally {
    progress.end();
  }
}

function resultOf(job: Job | undefined, { url }: Server): ImportResult {
  if (job?.state === 'done' && job.result !== null)
    return { layoutFindings: [], datasetRows: {}, ...job.result } as ImportResult;
  if (job?.error) {
    const { code, detail, hint } = job.error;
    throw new DataVisError(code, detail, hint === undefined ? {} : { hint });
  }
  throw new CliError('DATAVIS_CLI_SERVER', `The import on ${url} was ${job?.state ?? 'cut off'}`, {
    hint: `datavis resume --server ${url} goes on with it.`,
  });
}
