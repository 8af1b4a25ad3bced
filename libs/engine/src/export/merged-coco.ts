import { DataVisError, type CallOptions, type SqlConnection } from '@datavis/plugin-sdk';
import { CHUNK_LENGTH, encodePieces, WINDOW_ROWS } from './coco-file.js';
import type { ExportContext, FilePlan } from './open-export.js';
import { finishRecord, jsonString, recordSql } from './record-sql.js';

type Ids = 'renumber' | 'keep';

/** Records whose own ids are replaced: where `extra` has the key too (an id that is no integer), it is dropped there. */
const ID_KEYS = ['id', 'image_id', 'category_id'];
const NO_ID = "'null'";

/**
 * One COCO file of several sources: each picture of a split once, each category once, the annotations of all sources one
 * after the other, with references that hold. What cannot be merged is left out and counted: annotations of unknown
 * images or categories, panoptic annotations, sections that are not COCO's own.
 *
 * @throws `DATAVIS_ENGINE_EXPORT_IDS`
 */
export async function* mergedFile(context: ExportContext, dataset: string, ids: Ids): AsyncGenerator<FilePlan> {
  const { connection, signal } = context;
  await prepare(context, ids);
  if (ids === 'keep')
    for (const table of ['images', 'categories', 'annotations']) await assertUnique(connection, table);
  await countLeftOut(context);
  const licenses = await licensesOf(context);
  yield {
    key: 'annotations.json',
    body: () => encodePieces(pieces(connection, dataset, licenses, { signal })),
  };
}

/** Temporary tables with the new id of each record, as JSON text, and its place in the file. */
async function prepare({ connection, sources, only, signal }: ExportContext, ids: Ids): Promise<void> {
  const keys = sources.map(({ source_key }) => String(source_key)).join(', ');
  const condition = (sql: string | undefined): string => (sql === undefined ? '' : ` AND ${sql}`);
  const own = `coalesce(id::VARCHAR, ${jsonString('id_text')}, ${NO_ID})`;
  const newId = (order: string): string =>
    ids === 'keep' ? own : `row_number() OVER (ORDER BY ${order})::VARCHAR`;
  await connection.run(
    `CREATE OR REPLACE TEMP TABLE merged_images AS
      SELECT image_key, row_number() OVER (ORDER BY image_key) AS nth, ${newId('image_key')} AS image_new_id FROM images
      WHERE image_key IN (SELECT image_key FROM source_images WHERE source_key IN (${keys}))${condition(only?.images)};
    CREATE OR REPLACE TEMP TABLE merged_categories AS
      SELECT category_key, row_number() OVER (ORDER BY category_key) AS nth, ${newId('category_key')} AS category_new_id
      FROM ${
        // Files may give one category several ids: kept, these are a clash.
        ids === 'keep'
          ? `(SELECT DISTINCT category_key, id, id_text FROM source_categories WHERE source_key IN (${keys}))`
          : `(SELECT DISTINCT category_key FROM source_categories WHERE source_key IN (${keys}))`
      };
    CREATE OR REPLACE TEMP TABLE merged_all AS
      SELECT annotation_key, image_key IN (SELECT image_key FROM merged_images) AS has_image,
        coalesce(category_key IN (SELECT category_key FROM merged_categories),
          category_id IS NULL AND category_id_text IS NULL) AS has_category, segments_info IS NOT NULL AS panoptic
      FROM annotations WHERE source_key IN (${keys})${condition(only?.annotations)};
    CREATE OR REPLACE TEMP TABLE merged_annotations AS
      SELECT annotation_key, row_number() OVER (ORDER BY annotation_key) AS nth,
        ${newId('annotation_key')} AS annotation_new_id
      FROM annotations WHERE annotation_key IN
        (SELECT annotation_key FROM merged_all WHERE has_image AND has_category AND NOT panoptic)`,
    [],
    { signal },
  );
}

async function assertUnique(connection: SqlConnection, table: string): Promise<void> {
  const id =
    { images: 'image_new_id', categories: 'category_new_id', annotations: 'annotation_new_id' }[table] ?? '';
  const key = id.replace('new_id', 'key');
  const clashes = await connection.all<{ id: string }>(
    `SELECT ${id} AS id FROM merged_${table} GROUP BY ${id} HAVING count(*) > 1 OR ${id} = ${NO_ID}
     UNION ALL SELECT min(${id}) FROM merged_${table} GROUP BY ${key} HAVING count(*) > 1 ORDER BY id LIMIT 3`,
  );
  if (clashes.length === 0) return;
  throw new DataVisError(
    'DATAVIS_ENGINE_EXPORT_IDS',
    `Ids of ${table} are not unique in one file, such as ${clashes.map((clash) => clash.id).join(', ')}`,
    { hint: 'Merge with new ids, or export the sources as files of their own.' },
  );
}

async function countLeftOut({ connection, sources, leftOut }: ExportContext): Promise<void> {
  const keys = sources.map(({ source_key }) => String(source_key)).join(', ');
  const rows = await connection.all<{ what: string; n: bigint }>(
    `SELECT 'panoptic annotations' AS what, count(*) AS n FROM merged_all WHERE panoptic
     UNION ALL SELECT 'annotations without a known image', count(*) FROM merged_all WHERE NOT panoptic AND has_image IS NOT TRUE
     UNION ALL SELECT 'annotations of an unknown category', count(*) FROM merged_all
       WHERE NOT panoptic AND has_image AND NOT has_category
     UNION ALL SELECT 'records of ' || section, count(*) FROM records
       WHERE source_key IN (${keys}) AND section NOT IN ('licenses', 'info') GROUP BY section`,
  );
  for (const { what, n } of rows) if (n > 0n) leftOut[what] = Number(n);
}

/** Images refer to licences by ids of their file, so an id can only stand for one licence; a second one is left out. */
async function licensesOf({ connection, sources, leftOut }: ExportContext): Promise<string[]> {
  const keys = sources.map(({ source_key }) => String(source_key)).join(', ');
  const rows = await connection.all<{ json: string }>(
    `SELECT json FROM records WHERE section = 'licenses' AND source_key IN (${keys}) ORDER BY source_key, idx`,
  );
  const known = new Map<string, string>();
  for (const { json } of rows) {
    const value = JSON.parse(json) as { id?: unknown } | null;
    const id = JSON.stringify(value?.id ?? json);
    const said = JSON.stringify(value);
    const before = known.get(id);
    if (before === undefined) known.set(id, said);
    else if (before !== said) {
      leftOut['licences whose id another one has'] = (leftOut['licences whose id another one has'] ?? 0) + 1;
    }
  }
  return [...known.values()];
}

async function* pieces(
  connection: SqlConnection,
  dataset: string,
  licenses: readonly string[],
  call: CallOptions,
): AsyncGenerator<string> {
  yield `{"info": {"description": ${JSON.stringify(dataset)}},\n"licenses": [${licenses.join(',\n')}]`;
  const images = recordSql('images', { id: 'image_new_id' });
  yield* section(
    connection,
    'images',
    `${images} AS json FROM images JOIN merged_images m USING (image_key)`,
    call,
  );
  const annotations = recordSql('annotations', {
    id: 'annotation_new_id',
    image_id: 'image_new_id',
    category_id: 'category_new_id',
  });
  yield* section(
    connection,
    'annotations',
    `${annotations} AS json FROM annotations JOIN merged_annotations m USING (annotation_key)
     JOIN (SELECT image_key, image_new_id FROM merged_images) USING (image_key)
     LEFT JOIN (SELECT category_key, category_new_id FROM merged_categories) c USING (category_key)`,
    call,
  );
  const categories = recordSql('categories', { id: 'category_new_id' });
  yield* section(
    connection,
    'categories',
    `${categories} AS json FROM categories JOIN merged_categories m USING (category_key)`,
    call,
  );
  yield '}';
}

async function* section(
  connection: SqlConnection,
  name: string,
  select: string,
  call: CallOptions,
): AsyncGenerator<string> {
  yield `,\n${JSON.stringify(name)}: [`;
  const [last] = await connection.all<{ n: bigint }>(`SELECT count(*) AS n FROM merged_${name}`);
  let first = true;
  for (let from = 0; from < Number(last?.n ?? 0n); from += WINDOW_ROWS) {
    const window = `WHERE m.nth > ${from} AND m.nth <= ${from + WINDOW_ROWS} ORDER BY m.nth`;
    for await (const { columns, length } of connection.batches(`SELECT ${select} ${window}`, [], call)) {
      const [records = []] = columns as readonly ArrayLike<string>[];
      let text = '';
      for (let row = 0; row < length; row += 1) {
        text += `${first ? '\n' : ',\n'}${finishRecord(records[row] ?? 'null', ID_KEYS)}`;
        first = false;
        if (text.length >= CHUNK_LENGTH) {
          yield text;
          text = '';
        }
      }
      yield text;
    }
  }
  yield ']';
}
