import { DataVisError, type CocoCursor, type SqlConnection } from '@datavis/plugin-sdk';
import { boundsOf, inScope, type LinkScope } from './link-scope.js';

const TABLES = ['source_images', 'source_categories', 'annotations', 'records'];

/**
 * The accounts of sources, against the tables: what the cursor of each says was imported must be there, no row less or
 * more.
 *
 * @throws `DATAVIS_CATALOG_COUNT`
 */
export async function assertStored(
  connection: SqlConnection,
  scope: LinkScope,
  cursors: ReadonlyMap<bigint, CocoCursor>,
): Promise<void> {
  const rows = await connection.all<{ source: bigint; name: string; n: bigint }>(
    TABLES.map(
      (table) => `SELECT source_key AS source, '${table}' AS name, count(*) AS n FROM ${table}
        WHERE ${inScope()} GROUP BY source_key`,
    ).join(' UNION ALL '),
    boundsOf(scope),
  );
  const stored = new Map<bigint, typeof rows>();
  for (const row of rows) stored.set(row.source, [...(stored.get(row.source) ?? []), row]);
  for (const [source, cursor] of cursors) assertSame(stored.get(source) ?? [], cursor);
}

function assertSame(rows: readonly { readonly name: string; readonly n: bigint }[], cursor: CocoCursor): void {
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
