import { writeFile } from 'node:fs/promises';
import { extname, resolve } from 'node:path';
import { loadThumbnailEngine } from '@datavis/thumbs';
import { datasetName, withoutWord } from '../browse/dataset-name.js';
import type { FindRequest } from '../browse/browser.js';
import type { PreviewOptions } from '../commands/preview.js';
import { assertDatabase } from '../database.js';
import { CliError, usage, wholeNumber } from '../errors.js';
import { interruptible } from '../interrupt.js';
import { formatCount } from '../terminal/format.js';
import { wholeFile } from '../output/whole-file.js';
import { createProgress } from '../terminal/progress.js';
import type { Terminal } from '../terminal/terminal.js';
import { openFile } from './open-file.js';
import type { PreviewPicture } from './picture.js';
import { drawTiles, htmlSheet, pictureSheet } from './sheet.js';

const FORMATS: Readonly<Record<string, 'png' | 'webp' | 'jpeg' | 'html'>> = {
  '.png': 'png',
  '.webp': 'webp',
  '.jpg': 'jpeg',
  '.jpeg': 'jpeg',
  '.html': 'html',
};

/** Sheets above this take long to draw and to look at. */
const MAX_PICTURES = 500;

/** Runs work over the pictures that are asked for: of the server that is named, else of the database file. */
async function withPictures<T>(
  options: PreviewOptions,
  request: FindRequest,
  work: (dataset: string, pictures: readonly PreviewPicture[]) => Promise<T>,
): Promise<T> {
  if (options.server !== undefined) {
    const { connect } = await import('../server/connect.js');
    const { remoteBrowser } = await import('../server/remote-browser.js');
    const { remotePictures } = await import('../server/remote-pictures.js');
    const server = connect(options.server);
    const dataset = await datasetName(remoteBrowser(server), options);
    return await work(dataset, await remotePictures(server, dataset, request));
  }
  assertDatabase(options.db);
  const { openDrawing, openSession } = await import('../composition.js');
  const { localPictures } = await import('./local-pictures.js');
  const session = await openSession(options.db);
  try {
    const dataset = await datasetName(session.reader, options);
    const parts = await openDrawing(session);
    try {
      return await work(dataset, await localPictures({ reader: session.reader, ...parts }, dataset, request));
    } finally {
      await parts.close();
    }
  } finally {
    await session.close();
  }
}

/** Draws a contact sheet into a file, and opens it where a person sits before a display. */
export async function runPreview(
  words: readonly string[],
  given: PreviewOptions,
  terminal: Terminal,
): Promise<void> {
  const { conditions, options } = withoutWord(words, given);
  const limit = Math.min(wholeNumber('limit', options.limit), MAX_PICTURES);
  const columns = wholeNumber('columns', options.columns);
  const format = FORMATS[extname(options.out ?? 'sheet.png').toLowerCase()];
  if (format === undefined)
    throw usage(`--out ${options.out}: its ending says no form of sheet`, 'Use .png, .webp, .jpg or .html.');
  const tilePx = Number(options.tile);
  const progress = createProgress(terminal);
  await withPictures(options, { conditions, sort: options.sort, limit }, async (dataset, pictures) => {
    if (pictures.length === 0) {
      throw new CliError('DATAVIS_CLI_NOT_FOUND', `No image of ${dataset} meets the conditions`, {
        hint: 'datavis find with the same conditions shows what there is.',
      });
    }
    const out = resolve(options.out ?? `${dataset.replace(/[^\w.-]+/g, '_')}-preview.png`);
    const result = await interruptible(
      terminal,
      { stopping: 'Stopping …', stopped: 'Stopped. No file was written.' },
      (signal) =>
        wholeFile(out, async (unfinished) => {
          const { tiles, ...counts } = await drawTiles(pictures, tilePx, {
            signal,
            onProgress: (done) => {
              progress.update({ title: dataset, done, total: pictures.length, unit: 'items' });
            },
          });
          if (tiles.length === 0) throw nothingToShow(dataset, counts);
          const engine = await loadThumbnailEngine();
          try {
            const bytes =
              format === 'html'
                ? await htmlSheet(`${dataset}: ${formatCount(tiles.length)} pictures`, tiles)
                : await pictureSheet(engine, tiles, { columns, tilePx, format }, { signal });
            await writeFile(unfinished, bytes);
          } finally {
            await engine.close();
          }
          return { dataset, out, pictures: tiles.length, ...counts };
        }),
    ).finally(() => {
      progress.end();
    });
    if (options.json === true) await terminal.out(JSON.stringify(result));
    else {
      const leftOut = describeLeftOut(result);
      await terminal.out(
        `${out}: ${formatCount(result.pictures)} ${result.pictures === 1 ? 'picture' : 'pictures'} of ${dataset}${leftOut === '' ? '' : `; left out: ${leftOut}`}`,
      );
    }
    if (options.open && options.json !== true && terminal.stdoutIsTty) await openFile(out, terminal);
  });
}

function describeLeftOut({ missing, failed }: { readonly missing: number; readonly failed: number }): string {
  return [
    ...(missing > 0 ? [`${formatCount(missing)} without a file`] : []),
    ...(failed > 0 ? [`${formatCount(failed)} cannot be read or decoded`] : []),
  ].join(', ');
}

function nothingToShow(dataset: string, counts: { readonly missing: number; readonly failed: number }): CliError {
  return new CliError(
    'DATAVIS_CLI_NOT_FOUND',
    `No picture of ${dataset} can be shown: ${describeLeftOut(counts)}`,
    {
      hint: 'Attach the pictures: datavis import SOURCE --images FOLDER.',
    },
  );
}
