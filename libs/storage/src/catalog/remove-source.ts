import type { SqlConnection } from '@datavis/plugin-sdk';
import { inherit } from './heirs.js';

/** Tables with the rows of a source. */
export const BY_SOURCE = [
  'annotations',
  'records',
  'licenses',
  'segments',
  'source_images',
  'source_categories',
  'incoming_images',
  'incoming_categories',
  'findings',
  'finding_counts',
  'ingest_commits',
  'ingest_runs',
] as const;

/**
 * Takes a source and all that came from it alone out of the catalog, inside the caller's transaction: images and
 * categories stay while another source lists them; split and dataset go with their last source.
 */
export async function removeSource(connection: SqlConnection, sourceKey: bigint): Promise<void> {
  await inherit(connection, sourceKey);
  const by = (sql: string): Promise<number> => connection.run(sql, [sourceKey]);
  for (const [table, list, key] of [
    ['images', 'source_images', 'image_key'],
    ['categories', 'source_categories', 'category_key'],
  ]) {
    await by(`DELETE FROM ${table} WHERE ${key} IN (SELECT ${key} FROM ${list} WHERE source_key = $1)
      AND ${key} NOT IN (SELECT ${key} FROM ${list} WHERE source_key <> $1)`);
  }
  for (const table of BY_SOURCE) await by(`DELETE FROM ${table} WHERE source_key = ?`);
  await by('DELETE FROM sources WHERE source_key = ?');
  await connection.run(
    `DELETE FROM splits WHERE split_key NOT IN (SELECT split_key FROM sources WHERE split_key IS NOT NULL)`,
  );
  await connection.run(`DELETE FROM datasets WHERE dataset_key NOT IN (SELECT dataset_key FROM sources)`);
}
