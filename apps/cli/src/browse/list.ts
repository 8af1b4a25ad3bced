import type { ListOptions } from '../commands/browse.js';
import { toJson } from '../query/json.js';
import { writeRows } from '../query/write-rows.js';
import type { Terminal } from '../terminal/terminal.js';
import { withBrowser } from './browser.js';
import { datasetName, parseLimit } from './dataset-name.js';
import { batchesOf, pickColumns } from './rows.js';

export const IMAGE_COLUMNS = ['image_key', 'id', 'id_text', 'file_name', 'split', 'width', 'height', 'media_state'];

export async function listDatasets(options: ListOptions, terminal: Terminal): Promise<void> {
  await withBrowser(options, async (browser) => {
    const datasets = await browser.datasets();
    if (options.json === true) {
      await terminal.out(toJson(datasets));
      return;
    }
    const names = ['name', 'images', 'annotations', 'categories', 'splits', 'root_uri'];
    const rows = datasets.map((dataset) => ({ ...dataset, splits: (dataset['splits'] as string[]).join(', ') }));
    await writeRows(batchesOf(rows, names), 'table', (line) => terminal.out(line), {
      colors: terminal.stdoutColors,
    });
    if (datasets.length === 0) terminal.note('There is no dataset yet: datavis import PATH.');
  });
}

export async function listImages(options: ListOptions, terminal: Terminal): Promise<void> {
  const limit = parseLimit(options.limit);
  await withBrowser(options, async (browser) => {
    const dataset = await datasetName(browser, options);
    const rows = browser.find(dataset, 'images', { limit });
    const json = options.json === true;
    const written = await writeRows(
      json ? rows : pickColumns(rows, IMAGE_COLUMNS),
      json ? 'json' : 'table',
      (line) => terminal.out(line),
      { colors: terminal.stdoutColors },
    );
    if (written === limit) terminal.note(`The first ${limit} images; --limit 0 lists all.`);
  });
}
