import type { VerifyResult } from '@datavis/engine';
import { createColors } from 'picocolors';
import { datasetName } from '../browse/dataset-name.js';
import type { DatasetOptions } from '../context.js';
import { CliError } from '../errors.js';
import { interruptible } from '../interrupt.js';
import { withSession } from '../session.js';
import { formatCount, formatDuration } from '../terminal/format.js';
import { createProgress } from '../terminal/progress.js';
import type { Terminal } from '../terminal/terminal.js';

/** Ends with an error when a source is gone, has changed or is not as stored. */
export async function runVerify(options: DatasetOptions, terminal: Terminal): Promise<void> {
  const result = await verified(options, terminal);
  if (options.json === true) await terminal.out(JSON.stringify(result));
  else await print(result, terminal);
  if (!result.equal) {
    const hint = 'Import again: of a changed file exactly the difference is taken over.';
    throw new CliError('DATAVIS_CLI_FAILED', `${result.dataset} is not what its sources say`, { hint });
  }
}

async function verified({ db, server, dataset }: DatasetOptions, terminal: Terminal): Promise<VerifyResult> {
  if (server !== undefined) {
    const { verifyByServer } = await import('../server/remote-verify.js');
    return await verifyByServer(server, dataset, terminal);
  }
  const notes = {
    stopping: 'Stopping …',
    stopped: 'Stopped. Nothing was changed; run it again for the whole proof.',
  };
  const progress = createProgress(terminal);
  return await withSession(db, async ({ engine, reader }) => {
    const name = await datasetName(reader, { dataset });
    return await interruptible(terminal, notes, (signal) =>
      engine.verify(
        { dataset: name },
        {
          signal,
          onProgress: ({ uri, bytes, bytesTotal }) => {
            const title = uri.slice(uri.lastIndexOf('/') + 1);
            progress.update({ title, done: bytes, total: bytesTotal, unit: 'bytes' });
          },
        },
      ),
    );
  }).finally(() => {
    progress.end();
  });
}

async function print(result: VerifyResult, terminal: Terminal): Promise<void> {
  const { green, red, dim } = createColors(terminal.stdoutColors);
  for (const { uri, state, sections } of result.sources) {
    await terminal.out(`${state === 'equal' ? green('equal') : red(state)}  ${uri}`);
    for (const { section, equal, sourceRecords, storedRecords, sourceChecksum, firstDifference } of sections) {
      const difference = firstDifference === undefined ? '' : `, first difference at [${firstDifference}]`;
      const counts = equal
        ? `${formatCount(storedRecords)} records, checksum ${sourceChecksum}`
        : `${formatCount(sourceRecords)} in the source, ${formatCount(storedRecords)} stored${difference}`;
      await terminal.out(dim(`  ${section}: ${counts}`));
    }
  }
  terminal.note(`Verified in ${formatDuration(result.elapsedMs)}.`);
}
