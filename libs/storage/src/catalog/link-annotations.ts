import type { SqlConnection } from '@datavis/plugin-sdk';
import { boundsOf, inScope, type LinkScope } from './link-scope.js';

type List = 'images' | 'categories';
const KEYS = { images: 'image_key', categories: 'category_key' } as const;

/**
 * Records of the dataset that sources without a list of their own (results files) can mean: those of all sources that
 * were there before them, of the same split where they have one.
 */
function borrowed(name: List, many: boolean): string {
  const [list, key] = [`source_${name}`, KEYS[name]];
  // Many small files and all images of a dataset are too many pairs: only those that are named.
  const named = many && name === 'images';
  return `SELECT x.source_key, c.id, c.id_text, c.row_key
    FROM (SELECT source_key, split_key FROM sources WHERE ${inScope()}
            AND source_key NOT IN (SELECT source_key FROM ${list} WHERE ${inScope()})) x
    ${named ? `JOIN (SELECT DISTINCT source_key, coalesce(image_id::VARCHAR, image_id_text) AS reference FROM annotations WHERE ${inScope()}) a USING (source_key)` : ''}
    JOIN (SELECT s.split_key, l.id, l.id_text, l.${key} AS row_key, min(l.source_key) AS since, max(l.source_key) AS until
          FROM ${list} l JOIN sources s USING (source_key) WHERE s.dataset_key = $3 GROUP BY ALL) c
      ON (c.since <= x.source_key OR c.until > $2) AND (x.split_key IS NULL OR c.split_key IS NOT DISTINCT FROM x.split_key)
      ${named ? 'AND coalesce(c.id::VARCHAR, c.id_text) = a.reference' : ''}`;
}

/**
 * Records that an id can mean, by source: those that the source lists itself; where it lists none, see {@link borrowed}.
 *
 * An id that several records carry means none of them: `row_key` is NULL then, nothing is attached by guess. Numbers and
 * the same numbers as text join ("2299" and 2299), other texts only as they are ("02299").
 */
async function makeTargets(connection: SqlConnection, scope: LinkScope, name: List): Promise<void> {
  const list = `source_${name}`;
  const bounds = boundsOf(scope);
  const [own] = await connection.all<{ all: boolean }>(
    `SELECT count(DISTINCT source_key) = $2 - $1 + 1 AS all FROM ${list} WHERE ${inScope()}`,
    bounds,
  );
  const listed = `SELECT source_key, id, id_text, ${KEYS[name]} AS row_key FROM ${list} WHERE ${inScope()}`;
  const isWhole = own?.all === true;
  const candidates = isWhole ? listed : `${listed} UNION ALL ${borrowed(name, scope.first < scope.last)}`;
  await connection.run(
    `CREATE OR REPLACE TEMP TABLE ${name}_targets AS
     SELECT source_key, coalesce(id::VARCHAR, id_text) AS id_text, any_value(id) AS id,
       CASE WHEN count(DISTINCT row_key) = 1 THEN any_value(row_key) END AS row_key
     FROM (${candidates}) WHERE id IS NOT NULL OR id_text IS NOT NULL GROUP BY 1, 2`,
    isWhole ? bounds : [...bounds, scope.datasetKey],
  );
}

/**
 * Whether the image_key that annotations were given on the way in may not be the whole truth: some have none, or images
 * came after them (two sections, another order), or ids are texts, which join by their digits.
 */
async function imagesOpen(connection: SqlConnection, scope: LinkScope): Promise<boolean> {
  const [row] = await connection.all<{ open: boolean }>(
    `SELECT EXISTS (SELECT 1 FROM annotations WHERE ${inScope()} AND image_key IS NULL
         AND (image_id IS NOT NULL OR image_id_text IS NOT NULL))
       OR EXISTS (SELECT 1 FROM source_images WHERE ${inScope()} AND id_text IS NOT NULL)
       OR EXISTS (SELECT 1 FROM annotations WHERE ${inScope()}
         AND byte_offset < (SELECT max(byte_offset) FROM source_images WHERE ${inScope()})) AS open`,
    boundsOf(scope),
  );
  return row?.open !== false;
}

/** Sets image_key and category_key of the annotations of the sources. */
export async function linkAnnotations(connection: SqlConnection, scope: LinkScope): Promise<void> {
  if (await imagesOpen(connection, scope)) await joinImages(connection, scope);
  await joinIds(connection, scope, 'categories', 'category');
}

/** Whether all keys of categories are what they were foretold to be: one look at the annotations instead of two. */
async function categoriesAreAsForetold(connection: SqlConnection, scope: LinkScope): Promise<boolean> {
  const others = await connection.all(
    `SELECT 1 FROM (SELECT DISTINCT source_key, category_id AS id, category_key FROM annotations WHERE ${inScope()}) given
     LEFT JOIN categories_targets t USING (source_key, id) WHERE given.category_key IS DISTINCT FROM t.row_key LIMIT 1`,
    boundsOf(scope),
  );
  return others.length === 0;
}

/** Keys were foretold for categories that the file does not have after all: hardly ever, and then few ids tell. */
async function dropUnlisted(connection: SqlConnection, scope: LinkScope): Promise<void> {
  const unlisted = (row: string): string =>
    `NOT EXISTS (SELECT 1 FROM categories_targets t
       WHERE t.source_key = ${row}.source_key AND t.id = ${row}.category_id)`;
  const found = await connection.all(
    `SELECT 1 FROM (SELECT DISTINCT source_key, category_id FROM annotations
       WHERE ${inScope()} AND category_key IS NOT NULL) given WHERE ${unlisted('given')} LIMIT 1`,
    boundsOf(scope),
  );
  if (found.length === 0) return;
  await connection.run(
    `UPDATE annotations SET category_key = NULL WHERE ${inScope()} AND category_key IS NOT NULL
       AND ${unlisted('annotations')}`,
    boundsOf(scope),
  );
}

/** Sets the keys of the records that ids mean, where they are not set so already. */
async function joinIds(
  connection: SqlConnection,
  scope: LinkScope,
  name: List,
  of: 'image' | 'category',
): Promise<void> {
  const [key, id] = [`${of}_key`, `${of}_id`];
  const bounds = boundsOf(scope);
  await makeTargets(connection, scope, name);
  const areForetold = name === 'categories' && (await categoriesAreAsForetold(connection, scope));
  if (name === 'categories' && !areForetold) await dropUnlisted(connection, scope);
  const set = `UPDATE annotations SET ${key} = t.row_key FROM ${name}_targets t
    WHERE ${inScope('annotations.source_key')} AND t.source_key = annotations.source_key
      AND annotations.${key} IS DISTINCT FROM t.row_key`;
  if (!areForetold) await connection.run(`${set} AND annotations.${id} = t.id`, bounds);
  const [texts] = await connection.all<{ targets: boolean; references: boolean }>(
    `SELECT EXISTS (SELECT 1 FROM ${name}_targets WHERE id IS NULL) AS targets,
       EXISTS (SELECT 1 FROM annotations WHERE ${inScope()} AND ${id}_text IS NOT NULL) AS references`,
    bounds,
  );
  if (texts?.references === true) {
    await connection.run(`${set} AND annotations.${id}_text = t.id_text`, bounds);
  }
  if (texts?.targets === true) {
    await connection.run(`${set} AND t.id IS NULL AND annotations.${id}::VARCHAR = t.id_text`, bounds);
  }
}

async function joinImages(connection: SqlConnection, scope: LinkScope): Promise<void> {
  await joinIds(connection, scope, 'images', 'image');
  await connection.run(
    `UPDATE annotations SET image_ambiguous = true FROM images_targets t
     WHERE ${inScope('annotations.source_key')} AND t.source_key = annotations.source_key
       AND annotations.image_key IS NULL AND t.row_key IS NULL
       AND (annotations.image_id = t.id OR annotations.image_id_text = t.id_text)`,
    boundsOf(scope),
  );
}
