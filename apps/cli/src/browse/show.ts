import type { SqlRow } from '@datavis/plugin-sdk';
import { rowsOf } from '@datavis/storage';
import type { DatasetOptions } from '../context.js';
import { CliError } from '../errors.js';
import { toText } from '../query/csv.js';
import { toJson } from '../query/json.js';
import { writeRows } from '../query/write-rows.js';
import { formatCount } from '../terminal/format.js';
import type { Terminal } from '../terminal/terminal.js';
import { withBrowser } from './browser.js';
import type { Browser } from './browser.js';
import { datasetName } from './dataset-name.js';
import { batchesOf } from './rows.js';

const MAX_CANDIDATES = 10;

/** Row keys of the images that `name` may mean: an id, a whole file name or its last part; or a row key itself. */
async function imageKeys(browser: Browser, dataset: string, name: string): Promise<ReadonlyMap<string, SqlRow>> {
  const key = /^key:(\d+)$/.exec(name)?.[1];
  if (key !== undefined) return new Map([[key, {}]]);
  const found = new Map<string, SqlRow>();
  for (const condition of ['id', 'file']) {
    const request = { conditions: [`${condition}=${name}`], limit: MAX_CANDIDATES };
    for await (const batch of browser.find(dataset, 'images', request)) {
      for (const row of rowsOf(batch)) found.set(toText(row['image_key']), row);
    }
  }
  return found;
}

function hasContent([, value]: [string, unknown]): boolean {
  return value !== null && value !== undefined;
}

async function print(image: SqlRow, annotations: readonly SqlRow[], terminal: Terminal): Promise<void> {
  for (const [name, value] of Object.entries(image).filter(hasContent)) {
    await terminal.out(`${name.padEnd(16)} ${toText(value)}`);
  }
  const names = ['annotation_key', 'id', 'category', 'bbox_x', 'bbox_y', 'bbox_w', 'bbox_h', 'area', 'score'];
  const used = [...names, 'num_keypoints', 'caption'].filter((name) =>
    annotations.some((row) => row[name] != null),
  );
  await terminal.out('');
  await writeRows(batchesOf(annotations, used), 'table', (line) => terminal.out(line), {
    colors: terminal.stdoutColors,
  });
  terminal.note(`${formatCount(annotations.length)} annotations`);
}

/** One image and its annotations. A name that means several images is told, not guessed. */
export async function showImage(name: string, options: DatasetOptions, terminal: Terminal): Promise<void> {
  await withBrowser(options, async (browser) => {
    const dataset = await datasetName(browser, options);
    const candidates = await imageKeys(browser, dataset, name);
    const [key, ...others] = candidates.keys();
    if (others.length > 0) {
      const choices = [...candidates].map(([one, { split }]) => `key:${one} (${toText(split)})`);
      throw new CliError('DATAVIS_CLI_NOT_FOUND', `"${name}" means several images`, {
        hint: `Choose one: ${choices.join(', ')}`,
      });
    }
    const found = key === undefined ? undefined : await browser.image(dataset, key);
    if (found === undefined) {
      throw new CliError('DATAVIS_CLI_NOT_FOUND', `There is no image "${name}" in ${dataset}`, {
        hint: 'datavis ls --dataset NAME lists them; datavis find text=… searches.',
      });
    }
    const { image, annotations } = found;
    if (options.json === true) await terminal.out(toJson({ ...image, annotations }));
    else await print(image, annotations, terminal);
  });
}
