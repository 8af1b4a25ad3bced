import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { diffDatasets } from '@datavis/engine';
import type { DiffResult } from '@datavis/engine';
import { openDuckDb } from '@datavis/storage/duckdb-node';
import { createColors } from 'picocolors';
import type { DiffOptions } from '../commands/diff.js';
import { CliError, wholeNumber } from '../errors.js';
import { reportProgress } from '../import/report-progress.js';
import { interruptible } from '../interrupt.js';
import { formatCount, formatCounts } from '../terminal/format.js';
import { createProgress } from '../terminal/progress.js';
import type { Terminal } from '../terminal/terminal.js';
import { openSide } from './side.js';

const NOTES = { stopping: 'Stopping …', stopped: 'Stopped. Nothing was changed; run the same command again.' };

/** Compares two datasets or sources. What it reads into is removed at the end, whatever happens. */
export async function runDiff(
  before: string,
  after: string,
  options: DiffOptions,
  terminal: Terminal,
): Promise<void> {
  const examples = wholeNumber('limit', options.limit, 0);
  const folder = mkdtempSync(join(tmpdir(), 'datavis-diff-'));
  const closers: (() => Promise<void>)[] = [() => rm(folder, { recursive: true, force: true })];
  const progress = createProgress(terminal);
  try {
    const result = await interruptible(terminal, NOTES, async (signal) => {
      const call = {
        signal,
        onProgress: (state: Parameters<typeof reportProgress>[1]) => {
          reportProgress(progress, state);
        },
      };
      const sides = [];
      for (const [i, name] of [before, after].entries()) {
        const opened = await openSide(name, options, mkdtempSync(join(folder, `${i}-`)), call);
        closers.push(() => opened.close());
        sides.push(opened.side);
      }
      const scratch = await openDuckDb(join(folder, 'compared.duckdb'));
      closers.push(() => scratch.close());
      const [left, right] = sides as [(typeof sides)[0], (typeof sides)[0]];
      return await diffDatasets(
        { before: left, after: right, scratch, examples },
        {
          signal,
          onProgress: (done) => {
            progress.update({ title: 'Comparing', done, unit: 'items' });
          },
        },
      );
    });
    progress.end();
    if (options.json === true) await terminal.out(JSON.stringify({ before, after, ...result }));
    else await print(result, terminal);
    if (!result.equal && options.exitCode === true) {
      throw new CliError('DATAVIS_CLI_FAILED', `${before} and ${after} differ`);
    }
  } finally {
    progress.end();
    for (const close of closers.reverse()) await close();
  }
}

async function print({ equal, tables }: DiffResult, terminal: Terminal): Promise<void> {
  const { bold, green, red, yellow, dim } = createColors(terminal.stdoutColors);
  const marks = { added: green('+'), removed: red('-'), changed: yellow('~') };
  for (const [table, { added, removed, changed, same, examples }] of Object.entries(tables)) {
    const differs = added + removed + changed > 0;
    const counts = differs
      ? formatCounts({ added, removed, changed, same })
      : `${formatCount(same)}, no difference`;
    await terminal.out(`${bold(table)}: ${counts}`);
    for (const { kind, record, columns } of examples) {
      await terminal.out(
        `  ${marks[kind]} ${record}${columns === undefined ? '' : dim(` (${columns.join(', ')})`)}`,
      );
    }
  }
  if (equal) await terminal.out('They say the same.');
}
