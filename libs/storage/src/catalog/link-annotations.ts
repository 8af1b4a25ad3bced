import type { SqlConnection } from '@datavis/plugin-sdk';
import type { RunState } from './source-spec.js';

/**
 * Records that an id of this source can mean: those that the source lists itself; where it lists none (results files),
 * those of the dataset, of the same split first.
 *
 * An id that several records carry means none of them: `row_key` is NULL then, nothing is attached by guess. Numbers and
 * the same numbers as text join ("2299" and 2299), other texts only as they are ("02299").
 */
async function makeTargets(
  connection: SqlConnection,
  run: RunState,
  name: 'images' | 'categories',
  key: string,
): Promise<void> {
  const list = `source_${name}`;
  const [own] = await connection.all<{ n: bigint }>(`SELECT count(*) AS n FROM ${list} WHERE source_key = ?`, [
    run.sourceKey,
  ]);
  const candidates =
    own?.n === 0n
      ? `SELECT DISTINCT l.id, l.id_text, l.${key} AS row_key FROM ${list} l JOIN sources s USING (source_key)
         WHERE s.dataset_key = $1 AND ($2::BIGINT IS NULL OR s.split_key IS NOT DISTINCT FROM $2::BIGINT)`
      : `SELECT id, id_text, ${key} AS row_key FROM ${list}
         WHERE source_key = $1 AND $2::BIGINT IS NOT DISTINCT FROM $2::BIGINT`;
  await connection.run(
    `CREATE OR REPLACE TEMP TABLE ${name}_targets AS
     SELECT coalesce(id::VARCHAR, id_text) AS id_text, any_value(id) AS id,
       CASE WHEN count(DISTINCT row_key) = 1 THEN any_value(row_key) END AS row_key
     FROM (${candidates}) WHERE id IS NOT NULL OR id_text IS NOT NULL GROUP BY 1`,
    own?.n === 0n ? [run.datasetKey, run.splitKey] : [run.sourceKey, run.splitKey],
  );
}

/**
 * Whether the image_key that annotations were given on the way in may not be the whole truth: some have none, or images
 * came after them (two sections, another order), or ids are texts, which join by their digits.
 */
async function imagesOpen(connection: SqlConnection, run: RunState): Promise<boolean> {
  const [row] = await connection.all<{ open: boolean }>(
    `SELECT EXISTS (SELECT 1 FROM annotations WHERE source_key = $1 AND image_key IS NULL
         AND (image_id IS NOT NULL OR image_id_text IS NOT NULL))
       OR EXISTS (SELECT 1 FROM source_images WHERE source_key = $1 AND id_text IS NOT NULL)
       OR coalesce((SELECT max(byte_offset) FROM source_images WHERE source_key = $1)
         > (SELECT min(byte_offset) FROM annotations WHERE source_key = $1), false) AS open`,
    [run.sourceKey],
  );
  return row?.open !== false;
}

/** Sets image_key and category_key of the source's annotations. */
export async function linkAnnotations(connection: SqlConnection, run: RunState): Promise<void> {
  if (await imagesOpen(connection, run)) await joinImages(connection, run);
  await joinIds(connection, run, 'categories', 'category');
}

/** Keys were foretold for categories that the file does not have after all. */
async function dropUnlisted(connection: SqlConnection, run: RunState): Promise<void> {
  await connection.run(
    `UPDATE annotations SET category_key = NULL WHERE source_key = ? AND category_key IS NOT NULL
       AND NOT EXISTS (SELECT 1 FROM categories_targets t WHERE t.id = annotations.category_id)`,
    [run.sourceKey],
  );
}

/** Sets the keys of the records that ids mean, where they are not set so already. */
async function joinIds(
  connection: SqlConnection,
  run: RunState,
  name: 'images' | 'categories',
  of: 'image' | 'category',
): Promise<void> {
  const [key, id] = [`${of}_key`, `${of}_id`];
  await makeTargets(connection, run, name, key);
  if (name === 'categories') await dropUnlisted(connection, run);
  const set = `UPDATE annotations SET ${key} = t.row_key FROM ${name}_targets t
    WHERE annotations.source_key = ? AND annotations.${key} IS DISTINCT FROM t.row_key`;
  await connection.run(`${set} AND annotations.${id} = t.id`, [run.sourceKey]);
  const [texts] = await connection.all<{ targets: boolean; references: boolean }>(
    `SELECT EXISTS (SELECT 1 FROM ${name}_targets WHERE id IS NULL) AS targets,
       EXISTS (SELECT 1 FROM annotations WHERE source_key = ? AND ${id}_text IS NOT NULL) AS references`,
    [run.sourceKey],
  );
  if (texts?.references === true) {
    await connection.run(`${set} AND annotations.${id}_text = t.id_text`, [run.sourceKey]);
  }
  if (texts?.targets === true) {
    await connection.run(`${set} AND t.id IS NULL AND annotations.${id}::VARCHAR = t.id_text`, [run.sourceKey]);
  }
}

async function joinImages(connection: SqlConnection, run: RunState): Promise<void> {
  await joinIds(connection, run, 'images', 'image');
  await connection.run(
    `UPDATE annotations SET image_ambiguous = true FROM images_targets t
     WHERE annotations.source_key = ? AND annotations.image_key IS NULL AND t.row_key IS NULL
       AND (annotations.image_id = t.id OR annotations.image_id_text = t.id_text)`,
    [run.sourceKey],
  );
}
