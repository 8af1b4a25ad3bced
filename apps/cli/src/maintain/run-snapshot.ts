import { existsSync, realpathSync } from 'node:fs';
import type { SnapshotResult } from '@datavis/engine';
import type { SnapshotOptions } from '../commands/maintain.js';
import { usage } from '../errors.js';
import { interruptible } from '../interrupt.js';
import { assertWritable } from '../output/whole-file.js';
import { SORTING_BUFFERS_BYTES, withSession } from '../session.js';
import { formatBytes, formatCount, formatDuration } from '../terminal/format.js';
import { createProgress } from '../terminal/progress.js';
import type { Terminal } from '../terminal/terminal.js';

/** What a snapshot made here and one taken from a server have in common. */
type Snapshot = Pick<SnapshotResult, 'path' | 'dataset' | 'bytes' | 'rows' | 'leftOut' | 'elapsedMs'>;

export async function runSnapshot(options: SnapshotOptions, terminal: Terminal): Promise<void> {
  const result =
    options.server === undefined ? await makeHere(options, terminal) : await takeThere(options, terminal);
  if (options.json === true) {
    await terminal.out(JSON.stringify(result));
    return;
  }
  const { path, bytes, rows, leftOut, elapsedMs } = result;
  const total = Object.values(rows).reduce((sum, count) => sum + count, 0);
  await terminal.out(
    `${path}: ${formatCount(total)} rows of ${Object.keys(rows).length} tables, ${formatBytes(bytes)}, in ${formatDuration(elapsedMs)}`,
  );
  if (leftOut.length > 0)
    await terminal.out(`  left out, since nothing says whose their rows are: ${leftOut.join(', ')}`);
}

async function takeThere(options: SnapshotOptions, terminal: Terminal): Promise<Snapshot> {
  const { snapshotByServer } = await import('../server/remote-snapshot.js');
  return await snapshotByServer(options, terminal);
}

async function makeHere(
  { db, out, dataset, force = false }: SnapshotOptions,
  terminal: Terminal,
): Promise<Snapshot> {
  if (force && existsSync(out) && existsSync(db) && realpathSync(out) === realpathSync(db)) {
    throw usage(`${out} is the database itself`, 'Choose another name for --out.');
  }
  if (force || !existsSync(out)) await assertWritable(out);
  const progress = createProgress(terminal);
  const notes = { stopping: 'Stopping …', stopped: 'Stopped. No file was left; run the same command again.' };
  return await withSession(
    db,
    ({ engine }) =>
      interruptible(terminal, notes, (signal) =>
        engine.snapshot(
          { out, dataset, overwrite: force },
          {
            signal,
            onProgress: ({ table, tables, tablesTotal }) => {
              progress.update({ title: out, done: tables, total: tablesTotal, unit: 'items', detail: table });
            },
          },
        ),
      ),
    { memoryLimitBytes: SORTING_BUFFERS_BYTES },
  ).finally(() => {
    progress.end();
  });
}
