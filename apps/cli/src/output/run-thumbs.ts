import { makeThumbnails } from '@datavis/engine';
import { makeFolder } from '@datavis/storage/local';
import { datasetName } from '../browse/dataset-name.js';
import type { ThumbsCommandOptions } from '../commands/output.js';
import { openPictures, openSession } from '../composition.js';
import { assertDatabase } from '../database.js';
import { wholeNumber } from '../errors.js';
import { interruptible } from '../interrupt.js';
import { formatCount, formatDuration } from '../terminal/format.js';
import { createProgress } from '../terminal/progress.js';
import { asOutputError } from './whole-file.js';
import type { Terminal } from '../terminal/terminal.js';

export async function runThumbs(options: ThumbsCommandOptions, terminal: Terminal): Promise<void> {
  assertDatabase(options.db);
  const side = wholeNumber('size', options.size);
  const concurrency = wholeNumber('concurrency', options.concurrency);
  const cache = {
    dir: options.cacheDir ?? `${options.db}.cache`,
    maxBytes: wholeNumber('cache-mib', options.cacheMib) * 2 ** 20,
  };
  await makeFolder(cache.dir).catch((error: unknown) => {
    throw asOutputError(cache.dir, error);
  });
  const session = await openSession(options.db);
  const progress = createProgress(terminal);
  try {
    const dataset = await datasetName(session.reader, options);
    const pictures = await openPictures(session, cache);
    try {
      const result = await interruptible(
        terminal,
        {
          stopping: 'Stopping …',
          stopped: 'Stopped. What is made is kept: the same command again goes on from there.',
        },
        (signal) =>
          makeThumbnails(
            { database: session.database, ...pictures },
            { dataset, concurrency, options: { widthPx: side, heightPx: side, format: options.format } },
            {
              signal,
              onProgress: ({ total, made, fresh, missing, failed }) => {
                progress.update({ title: dataset, done: made + fresh + missing + failed, total, unit: 'items' });
              },
            },
          ),
      );
      progress.end();
      await print(dataset, result, options, terminal);
    } finally {
      await pictures.close();
    }
  } finally {
    progress.end();
    await session.close();
  }
}

async function print(
  dataset: string,
  result: Awaited<ReturnType<typeof makeThumbnails>>,
  options: ThumbsCommandOptions,
  terminal: Terminal,
): Promise<void> {
  if (options.json === true) {
    await terminal.out(JSON.stringify({ dataset, ...result }));
    return;
  }
  const { total, made, fresh, missing, failed, failures, elapsedMs } = result;
  await terminal.out(
    `${dataset}: ${formatCount(made)} made, ${formatCount(fresh)} there already, ${formatCount(missing)} without a file, ` +
      `${formatCount(failed)} failed, of ${formatCount(total)} images in ${formatDuration(elapsedMs)}`,
  );
  for (const { uri, code, message } of failures) terminal.note(`  ${uri}: ${message} [${code}]`);
}
