import type { SqlDatabase, SqlRow } from '@datavis/plugin-sdk';
import type { CatalogReader } from '@datavis/storage';
import type { DatasetOptions } from '../commands/browse.js';
import { openForReading } from '../database.js';
import { CliError } from '../errors.js';
import { toText } from '../query/csv.js';
import { toJson } from '../query/json.js';
import { writeRows } from '../query/write-rows.js';
import { formatCount } from '../terminal/format.js';
import type { Terminal } from '../terminal/terminal.js';
import { datasetName } from './catalog.js';
import { batchesOf } from './rows.js';

const MAX_CANDIDATES = 10;

/** Keys of the images that `name` may mean: a row key, an id, a whole file name or its last part. */
async function imageKeys(database: SqlDatabase, dataset: string, name: string): Promise<bigint[]> {
  const key = /^key:(\d+)$/.exec(name)?.[1];
  if (key !== undefined) return [BigInt(key)];
  const connection = await database.connect();
  try {
    const rows = await connection.all<{ image_key: bigint }>(
      `SELECT image_key FROM images JOIN datasets USING (dataset_key)
       WHERE datasets.name = ? AND (images.id::VARCHAR = ? OR id_text = ? OR file_name = ? OR file_name LIKE '%/' || ?)
       ORDER BY image_key LIMIT ${MAX_CANDIDATES}`,
      [dataset, name, name, name, name],
    );
    return rows.map(({ image_key }) => image_key);
  } finally {
    await connection.close();
  }
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

async function readImages(
  reader: CatalogReader,
  dataset: string,
  keys: readonly bigint[],
): Promise<{ image: SqlRow; annotations: SqlRow[] }[]> {
  const found = [];
  for (const key of keys) {
    const image = await reader.image(dataset, key);
    if (image !== undefined) found.push({ image, annotations: await reader.annotationsOf(dataset, [key]) });
  }
  return found;
}

/** One image and its annotations. A name that means several images is told, not guessed. */
export async function showImage(name: string, options: DatasetOptions, terminal: Terminal): Promise<void> {
  const { createCatalogReader } = await import('@datavis/storage');
  const database = await openForReading(options.db);
  try {
    const reader = createCatalogReader(database);
    const dataset = await datasetName(reader, options.dataset);
    const keys = await imageKeys(database, dataset, name);
    const found = await readImages(reader, dataset, keys);
    const [only, ...others] = found;
    if (only === undefined) {
      throw new CliError('DATAVIS_CLI_NOT_FOUND', `There is no image "${name}" in ${dataset}`, {
        hint: 'datavis ls --dataset NAME lists them; datavis find text=… searches.',
      });
    }
    if (others.length > 0) {
      const choices = found.map(({ image }) => `key:${toText(image['image_key'])} (${toText(image['split'])})`);
      throw new CliError('DATAVIS_CLI_NOT_FOUND', `"${name}" means several images`, {
        hint: `Choose one: ${choices.join(', ')}`,
      });
    }
    if (options.json === true) await terminal.out(toJson({ ...only.image, annotations: only.annotations }));
    else await print(only.image, only.annotations, terminal);
  } finally {
    await database.close();
  }
}
