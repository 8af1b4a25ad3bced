import type { ExportResult } from '@datavis/engine';
import { filterWords, parseFilter } from '@datavis/storage';
import { datasetName, withoutWord } from '../browse/dataset-name.js';
import type { ExportCommandOptions } from '../commands/output.js';
import type { Session } from '../composition.js';
import { usage } from '../errors.js';
import { growHeapFreely } from '../heap-growth.js';
import { interruptible } from '../interrupt.js';
import { SORTING_BUFFERS_BYTES, withSession } from '../session.js';
import { formatBytes, formatCounts, formatDuration } from '../terminal/format.js';
import { createProgress } from '../terminal/progress.js';
import type { Terminal } from '../terminal/terminal.js';

const MAX_FILES_NAMED = 20;

export async function runExport(
  words: readonly string[],
  given: ExportCommandOptions,
  terminal: Terminal,
): Promise<void> {
  const { conditions, options } = withoutWord(words, given);
  if (options.merge !== undefined && options.format !== 'coco') {
    throw usage(`--merge goes with COCO, not with ${options.format}`);
  }
  const result = await exported(conditions, options, terminal);
  if (options.json === true) {
    await terminal.out(JSON.stringify(result));
    return;
  }
  const { files, bytes, elapsedMs, leftOut } = result;
  await terminal.out(
    `${files.length} ${files.length === 1 ? 'file' : 'files'}, ${formatBytes(bytes)} in ${formatDuration(elapsedMs)}`,
  );
  const uris = files.map(({ uri }) => uri).sort();
  for (const uri of uris.slice(0, MAX_FILES_NAMED)) await terminal.out(`  ${uri}`);
  if (files.length > MAX_FILES_NAMED) await terminal.out(`  … and ${files.length - MAX_FILES_NAMED} more`);
  if (Object.keys(leftOut).length > 0) await terminal.out(`  left out: ${formatCounts(leftOut)}`);
}

async function exported(
  conditions: readonly string[],
  options: ExportCommandOptions,
  terminal: Terminal,
): Promise<ExportResult> {
  if (options.server !== undefined) {
    const { exportByServer } = await import('../server/remote-export.js');
    return await exportByServer(conditions, options, options.server, terminal);
  }
  growHeapFreely();
  const { format, out, split, task, merge } = options;
  const filter = conditions.length === 0 ? undefined : parseFilter(filterWords(conditions));
  const progress = createProgress(terminal);
  const notes = {
    stopping: 'Stopping the export …',
    stopped: 'Stopped before its end: run the same command again for the whole export.',
  };
  const memoryLimitBytes = format === 'parquet' || format === 'lake' ? SORTING_BUFFERS_BYTES : undefined;
  const work = async ({ engine, reader }: Session): Promise<ExportResult> => {
    const dataset = await datasetName(reader, options);
    return await interruptible(terminal, notes, (signal) =>
      engine.export(
        { dataset, format, out, split, task, merge, filter },
        {
          signal,
          onProgress: ({ bytes, records: done, recordsTotal: total }) => {
            const size = formatBytes(bytes);
            if (total === undefined) progress.update({ title: out, done: bytes, unit: 'bytes' });
            else progress.update({ title: out, done, total, unit: 'items', detail: size });
          },
        },
      ),
    );
  };
  return await withSession(options.db, work, { memoryLimitBytes }).finally(() => {
    progress.end();
  });
}
