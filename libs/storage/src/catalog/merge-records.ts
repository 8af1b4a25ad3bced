import type { SqlConnection } from '@datavis/plugin-sdk';
import { boundsOf, inScope, type LinkScope } from './link-scope.js';
import { RECORD_COLUMNS } from './record-columns.js';
import { nextKey } from './runs.js';

interface MergeRule {
  readonly key: string;
  readonly list: string;
  /**
   * Two records with the same values here are one image (category). The n-th of a file is the n-th of the others.
   * `split_key` is that of the source.
   */
  readonly same: readonly string[];
  /** Rows of the dataset that a record can be the same as. */
  readonly candidates: string;
  readonly extraColumns: string;
  readonly extraValues: string;
}

const RULES: Readonly<Record<'images' | 'categories', MergeRule>> = {
  images: {
    key: 'image_key',
    list: 'source_images',
    same: ['split_key', 'id', 'id_text', 'file_name'],
    candidates: `AND EXISTS (SELECT 1 FROM sources s
      WHERE ${inScope('s.source_key')} AND s.split_key IS NOT DISTINCT FROM images.split_key)`,
    extraColumns: ', split_key, media_state',
    extraValues: `, s.split_key, 'unknown'`,
  },
  categories: {
    key: 'category_key',
    list: 'source_categories',
    same: ['name', 'supercategory'],
    candidates: '',
    extraColumns: '',
    extraValues: '',
  },
};

const equal = (one: string, other: string, names: readonly string[]): string =>
  names.map((name) => `${one}.${name} IS NOT DISTINCT FROM ${other}.${name}`).join(' AND ');

/**
 * Makes rows of the records of sources that the dataset does not have yet, notes for each record which row it is, and
 * keeps the records that say something else than their row does. A row says what the first source that lists it says.
 * Returns the numbers of new rows, by source.
 */
export async function mergeRecords(
  connection: SqlConnection,
  scope: LinkScope,
  table: 'images' | 'categories',
): Promise<ReadonlyMap<bigint, number>> {
  const { key, list, extraColumns, extraValues } = RULES[table];
  const bounds = boundsOf(scope);
  const incoming = await connection.all(`SELECT 1 FROM incoming_${table} WHERE ${inScope()} LIMIT 1`, bounds);
  if (incoming.length === 0) return new Map();
  await matchRecords(connection, scope, table);

  const columns = RECORD_COLUMNS[table];
  const place = ['source_key', 'idx', 'byte_offset', 'key'].join(', ');
  const placed = ['source_key', 'idx', 'byte_offset', 'key', ...columns].map((name) => `i.${name}`).join(', ');
  const keyed = `FROM incoming_${table} i JOIN merged m USING (source_key, byte_offset)`;
  await connection.run(
    `INSERT INTO ${table} (${key}, dataset_key, ${place}, ${columns.join(', ')}${extraColumns})
     SELECT m.row_key, s.dataset_key, ${placed}${extraValues} ${keyed} JOIN sources s USING (source_key)
     WHERE m.is_new ORDER BY m.row_key`,
  );
  const differs = `NOT (${equal('i', 'r', columns)})`;
  const words = columns.map((name) =>
    table === 'categories' || name === 'id' || name === 'id_text'
      ? `i.${name}`
      : `CASE WHEN ${differs} THEN i.${name} END`,
  );
  await connection.run(
    `INSERT INTO ${list} (${key}${table === 'images' ? ', differs' : ''}, ${place}, ${columns.join(', ')})
     SELECT m.row_key${table === 'images' ? `, ${differs}` : ''}, i.source_key, i.idx, i.byte_offset, i.key,
       ${words.join(', ')}
     ${keyed} JOIN ${table} r ON r.${key} = m.row_key ORDER BY i.source_key, i.byte_offset`,
  );
  const added = await connection.all<{ source: bigint; n: bigint }>(
    'SELECT source_key AS source, count(*) AS n FROM merged WHERE is_new GROUP BY source_key',
  );
  await connection.run(`DELETE FROM incoming_${table} WHERE ${inScope()}`, bounds);
  await connection.run('DROP TABLE merged');
  return new Map(added.map(({ source, n }) => [source, Number(n)]));
}

/** Makes temp.merged: for each record, by its place, the key of its row, and whether the record makes that row. */
async function matchRecords(
  connection: SqlConnection,
  scope: LinkScope,
  table: 'images' | 'categories',
): Promise<void> {
  const { key, same, candidates } = RULES[table];
  const columns = (of: string): string => same.map((name) => `${of}.${name}`).join(', ');
  const ofRecord = same.map((name) => (name === 'split_key' ? 's.split_key' : `i.${name}`)).join(', ');
  await connection.run(
    `CREATE OR REPLACE TEMP TABLE matched AS
     WITH n AS (SELECT i.source_key, i.byte_offset, ${ofRecord},
                  row_number() OVER (PARTITION BY i.source_key, ${ofRecord} ORDER BY i.byte_offset) AS nth
                FROM incoming_${table} i JOIN sources s USING (source_key) WHERE ${inScope('i.source_key')}),
          o AS (SELECT ${key} AS known_key, ${same.join(', ')},
                  row_number() OVER (PARTITION BY ${same.join(', ')} ORDER BY ${key}) AS nth
                FROM ${table} WHERE dataset_key = $3 ${candidates})
     SELECT n.*, o.known_key, o.known_key IS NULL AND
       row_number() OVER (PARTITION BY ${columns('n')}, n.nth ORDER BY n.source_key, n.byte_offset) = 1 AS is_new
     FROM n LEFT JOIN o ON n.nth = o.nth AND ${equal('n', 'o', same)}`,
    [...boundsOf(scope), scope.datasetKey],
  );
  await connection.run(
    `CREATE OR REPLACE TEMP TABLE merged AS
     WITH made AS (SELECT ${same.join(', ')}, nth,
         $1 - 1 + row_number() OVER (ORDER BY source_key, byte_offset) AS row_key FROM matched WHERE is_new)
     SELECT m.source_key, m.byte_offset, m.is_new, coalesce(m.known_key, made.row_key)::BIGINT AS row_key
     FROM matched m LEFT JOIN made ON m.nth = made.nth AND ${equal('m', 'made', same)}`,
    [await nextKey(connection, table, key)],
  );
  await connection.run('DROP TABLE matched');
}
