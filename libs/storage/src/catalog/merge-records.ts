import type { SqlConnection } from '@datavis/plugin-sdk';
import { RECORD_COLUMNS } from './record-columns.js';
import { nextKey } from './runs.js';
import type { RunState } from './source-spec.js';

interface MergeRule {
  readonly key: string;
  readonly list: string;
  /** Two records with the same values here are one image (category). The n-th of a file is the n-th of the others. */
  readonly same: readonly string[];
  /** Rows of the dataset that a record can be the same as. */
  readonly scope: string;
  readonly extraColumns: string;
  readonly extraValues: string;
}

const RULES: Readonly<Record<'images' | 'categories', MergeRule>> = {
  images: {
    key: 'image_key',
    list: 'source_images',
    same: ['id', 'id_text', 'file_name'],
    scope: 'dataset_key = $2 AND split_key IS NOT DISTINCT FROM $3::BIGINT',
    extraColumns: 'split_key, media_state',
    extraValues: `$3::BIGINT, 'unknown'`,
  },
  categories: {
    key: 'category_key',
    list: 'source_categories',
    same: ['name', 'supercategory'],
    scope: 'dataset_key = $2 AND $3::BIGINT IS NOT DISTINCT FROM $3::BIGINT',
    extraColumns: '',
    extraValues: '',
  },
};

/**
 * Makes rows of the records of a source that the dataset does not have yet, notes for each record which row it is, and
 * keeps the records that say something else than their row does. Returns the number of new rows.
 */
export async function mergeRecords(
  connection: SqlConnection,
  run: RunState,
  table: 'images' | 'categories',
): Promise<number> {
  const rule = RULES[table];
  const columns = RECORD_COLUMNS[table];
  const scope = [run.sourceKey, run.datasetKey, run.splitKey];
  const same = rule.same.join(', ');
  const incoming = await connection.all(`SELECT 1 FROM incoming_${table} WHERE source_key = ? LIMIT 1`, [
    run.sourceKey,
  ]);
  if (incoming.length === 0) return 0;
  const equal = (names: readonly string[]): string =>
    names.map((name) => `n.${name} IS NOT DISTINCT FROM o.${name}`).join(' AND ');
  const first = await nextKey(connection, table, rule.key);

  await connection.run(
    `CREATE OR REPLACE TEMP TABLE merged AS
     WITH n AS (SELECT *, row_number() OVER (PARTITION BY ${same} ORDER BY byte_offset) AS nth
                FROM incoming_${table} WHERE source_key = $1),
          o AS (SELECT *, row_number() OVER (PARTITION BY ${same} ORDER BY ${rule.key}) AS nth
                FROM ${table} WHERE ${rule.scope})
     SELECT n.*, o.${rule.key} AS known_key, o.${rule.key} IS NOT NULL AND NOT (${equal(columns)}) AS differs
     FROM n LEFT JOIN o ON n.nth = o.nth AND ${equal(rule.same)}`,
    scope,
  );
  await connection.run(
    `CREATE OR REPLACE TEMP TABLE merged_keys AS
     SELECT byte_offset AS place,
       coalesce(known_key, $1 - 1 + row_number() OVER (PARTITION BY known_key IS NULL ORDER BY byte_offset))::BIGINT
         AS row_key FROM merged`,
    [first],
  );
  const place = 'idx, byte_offset, key';
  const more = (text: string): string => (text === '' ? '' : `, ${text}`);
  const added = await connection.run(
    `INSERT INTO ${table} (${rule.key}, dataset_key, source_key, ${place}, ${columns.join(', ')}${more(rule.extraColumns)})
     SELECT k.row_key, $2, $1, ${place}, ${columns.join(', ')}${more(rule.extraValues)}
     FROM merged m JOIN merged_keys k ON m.byte_offset = k.place
     WHERE m.known_key IS NULL AND $3::BIGINT IS NOT DISTINCT FROM $3::BIGINT ORDER BY m.byte_offset`,
    scope,
  );
  const own = table === 'categories' ? '' : ' CASE WHEN m.differs THEN';
  const words = columns.map((name) =>
    name === 'id' || name === 'id_text' || own === '' ? `m.${name}` : `${own} m.${name} END`,
  );
  await connection.run(
    `INSERT INTO ${rule.list} (source_key, ${rule.key}${table === 'images' ? ', differs' : ''}, ${place}, ${columns.join(', ')})
     SELECT m.source_key, k.row_key${table === 'images' ? ', m.differs' : ''}, m.idx, m.byte_offset, m.key, ${words.join(', ')}
     FROM merged m JOIN merged_keys k ON m.byte_offset = k.place ORDER BY m.byte_offset`,
  );
  await connection.run(`DELETE FROM incoming_${table} WHERE source_key = ?`, [run.sourceKey]);
  await connection.run('DROP TABLE merged; DROP TABLE merged_keys');
  return added;
}
