import { DataVisError, type CocoCursor, type SqlConnection } from '@datavis/plugin-sdk';

/**
 * The account of a source, against the tables: what the cursor says was imported must be there, no row less or more.
 *
 * @throws `DATAVIS_CATALOG_COUNT`
 */
export async function assertStored(
  connection: SqlConnection,
  sourceKey: bigint,
  cursor: CocoCursor,
): Promise<void> {
  const rows = await connection.all<{ name: string; n: bigint }>(
    ['source_images', 'source_categories', 'annotations', 'records']
      .map((table) => `SELECT '${table}' AS name, count(*) AS n FROM ${table} WHERE source_key = $1`)
      .join(' UNION ALL '),
    [sourceKey],
  );
  const stored = rows.reduce((sum, { n }) => sum + Number(n), 0);
  const imported = cursor.sections.reduce((sum, section) => sum + section.imported, 0);
  if (stored === imported) return;
  const tables = rows.map(({ name, n }) => `${name} ${n}`).join(', ');
  throw new DataVisError(
    'DATAVIS_CATALOG_COUNT',
    `${imported} records were imported, the tables hold ${stored} (${tables}): nothing of this step is stored`,
    { hint: 'This is a defect of DataVis: please report it with the file.' },
  );
}
