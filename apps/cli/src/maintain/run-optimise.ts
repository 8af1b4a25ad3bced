import type { DatabaseOptions } from '../context.js';
import { interruptible } from '../interrupt.js';
import { SORTING_BUFFERS_BYTES, withSession } from '../session.js';
import { formatBytes, formatDuration } from '../terminal/format.js';
import { createProgress } from '../terminal/progress.js';
import type { Terminal } from '../terminal/terminal.js';

export async function runOptimise({ db, json }: DatabaseOptions, terminal: Terminal): Promise<void> {
  const progress = createProgress(terminal);
  const notes = {
    stopping: 'Stopping …',
    stopped: 'Stopped. The database is as it was; run the same command again.',
  };
  const result = await withSession(
    db,
    ({ engine }) =>
      interruptible(terminal, notes, (signal) =>
        engine.optimise({
          signal,
          onProgress: ({ phase, tables, tablesTotal }) => {
            progress.update({ title: phase, done: tables, total: tablesTotal, unit: 'items' });
          },
        }),
      ),
    { memoryLimitBytes: SORTING_BUFFERS_BYTES },
  ).finally(() => {
    progress.end();
  });
  if (json === true) {
    await terminal.out(JSON.stringify(result));
    return;
  }
  const { bytesBefore, bytesAfter, elapsedMs } = result;
  await terminal.out(
    `${db}: ${formatBytes(bytesBefore)} before, ${formatBytes(bytesAfter)} now, in ${formatDuration(elapsedMs)}`,
  );
}
