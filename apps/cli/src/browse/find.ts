import type { FindOptions } from '../commands/browse.js';
import { usage } from '../errors.js';
import { writeRows } from '../query/write-rows.js';
import { formatCount } from '../terminal/format.js';
import type { Terminal } from '../terminal/terminal.js';
import { withBrowser } from './browser.js';
import { datasetName, parseLimit, withoutWord } from './dataset-name.js';
import { IMAGE_COLUMNS } from './list.js';
import { pickColumns } from './rows.js';

const ANNOTATION_COLUMNS = ['annotation_key', 'id', 'id_text', 'image_key', 'category', 'bbox_x', 'bbox_y'].concat([
  'bbox_w',
  'bbox_h',
  'area',
  'score',
  'iscrowd',
  'caption',
]);

/** Records that meet all conditions, as a table with the main columns or in full for programs. */
export async function findRecords(words: readonly string[], given: FindOptions, terminal: Terminal): Promise<void> {
  const { conditions, options } = withoutWord(words, given);
  const limit = parseLimit(options.limit);
  const format = options.format ?? (options.json === true ? 'json' : 'table');
  if (options.json === true && format !== 'json') {
    throw usage(`--json and --format ${format} are two forms of one result`, 'Leave one away.');
  }
  await withBrowser(options, async (browser) => {
    const dataset = await datasetName(browser, options);
    const { table, sort } = options;
    const rows = browser.find(dataset, table, { conditions, sort, limit });
    const columns = table === 'images' ? IMAGE_COLUMNS : ANNOTATION_COLUMNS;
    const written = await writeRows(
      format === 'table' ? pickColumns(rows, columns) : rows,
      format,
      (line) => terminal.out(line),
      { colors: terminal.stdoutColors },
    );
    const more = written === limit ? ' (--limit 0 shows all)' : '';
    if (written === 0) {
      const hint = await browser.hint(dataset, table, conditions);
      if (hint !== undefined) terminal.note(hint);
    }
    terminal.note(`${formatCount(written)} ${written === 1 ? table.slice(0, -1) : table}${more}`);
  });
}
