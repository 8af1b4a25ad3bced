import type { ExportRequest } from '@datavis/engine';
import { filterWords, parseFilter } from '@datavis/storage';
import { datasetName } from '../browse/dataset-name.js';
import type { ExportCommandOptions } from '../commands/output.js';
import { openSession } from '../composition.js';
import { assertDatabase } from '../database.js';
import { interruptible } from '../interrupt.js';
import { formatBytes, formatCounts, formatDuration } from '../terminal/format.js';
import { createProgress } from '../terminal/progress.js';
import type { Terminal } from '../terminal/terminal.js';

export async function runExport(
  conditions: readonly string[],
  options: ExportCommandOptions,
  terminal: Terminal,
): Promise<void> {
  assertDatabase(options.db);
  const filter = conditions.length === 0 ? undefined : parseFilter(filterWords(conditions));
  const session = await openSession(options.db);
  const progress = createProgress(terminal);
  try {
    const { format, out, split, task } = options;
    const request: ExportRequest = {
      dataset: await datasetName(session.reader, options.dataset),
      format,
      out,
      split,
      task,
      filter,
    };
    const result = await interruptible(
      terminal,
      {
        stopping: 'Stopping the export …',
        stopped: 'Stopped before its end: run the same command again for the whole export.',
      },
      (signal) =>
        session.engine.export(request, {
          signal,
          onProgress: ({ bytes }) => {
            progress.update({ title: out, done: bytes, unit: 'bytes' });
          },
        }),
    );
    progress.end();
    if (options.json === true) {
      await terminal.out(JSON.stringify(result));
      return;
    }
    const { files, bytes, elapsedMs, leftOut } = result;
    await terminal.out(
      `${files.length} ${files.length === 1 ? 'file' : 'files'}, ${formatBytes(bytes)} in ${formatDuration(elapsedMs)}`,
    );
    for (const { uri } of files.slice(0, 20)) await terminal.out(`  ${uri}`);
    if (files.length > 20) await terminal.out(`  … and ${files.length - 20} more`);
    if (Object.keys(leftOut).length > 0) await terminal.out(`  left out: ${formatCounts(leftOut)}`);
  } finally {
    progress.end();
    await session.close();
  }
}
