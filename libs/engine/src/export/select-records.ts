import type { CallOptions, SqlConnection, SqlDatabase } from '@datavis/plugin-sdk';
import { createCatalogReader } from '@datavis/storage';
import type { ExportRequest } from './export-types.js';

/**
 * Notes the keys of the records that a filter selects in temporary tables of the connection, and returns conditions for
 * them. `undefined`: all records.
 */
export async function selectRecords(
  database: SqlDatabase,
  connection: SqlConnection,
  { dataset, filter }: Pick<ExportRequest, 'dataset' | 'filter'>,
  call: CallOptions,
): Promise<{ images: string; annotations: string } | undefined> {
  if (filter === undefined || Object.keys(filter).length === 0) return undefined;
  const reader = createCatalogReader(database);
  const noted = { images: 'image_key', annotations: 'annotation_key' } as const;
  for (const [table, key] of Object.entries(noted) as [keyof typeof noted, string][]) {
    const name = `selected_${table}`;
    await connection.run(`CREATE OR REPLACE TEMP TABLE ${name} (${key} BIGINT)`);
    for await (const { names, columns, length } of reader.batches(dataset, table, { filter }, call)) {
      const keys = columns[names.indexOf(key)] as ArrayLike<bigint>;
      await connection.run(`INSERT INTO ${name} SELECT unnest(?)`, [
        Array.from({ length }, (_, row) => keys[row] ?? 0n),
      ]);
    }
  }
  const images = 'image_key IN (SELECT image_key FROM selected_images)';
  return {
    images,
    annotations: `annotation_key IN (SELECT annotation_key FROM selected_annotations) AND ${images}`,
  };
}
