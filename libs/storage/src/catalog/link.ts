import { fillPromoted } from './promoted-fields.js';
import type { CocoCursor, SqlConnection } from '@datavis/plugin-sdk';
import { checkSources } from './checks.js';
import { deriveShapes, type MeasureMask } from './derive-shapes.js';
import { storeFindingCounts, type FindingCounts } from './findings.js';
import { linkAnnotations } from './link-annotations.js';
import { boundsOf, inScope, type LinkScope } from './link-scope.js';
import { mergeRecords } from './merge-records.js';
import { storeSegments } from './segments.js';
import type { UniqueIds } from './source-intake.js';
import type { Each, RunState } from './source-spec.js';

/** Rows that a source brought, and findings about the source as a whole. */
export interface LinkReport {
  /** Images and categories that no source listed before. */
  readonly newImages: number;
  readonly newCategories: number;
  /** All findings of the source by code: those of its records and those of its whole. */
  readonly findingCounts: FindingCounts;
}

export interface LinkOptions {
  readonly measureMask: MeasureMask | undefined;
  /** Tables whose ids are known to differ, within each source. */
  readonly uniqueIds: readonly UniqueIds[];
  /** Called where much memory was used and much will be. */
  readonly freeMemory?: () => Promise<void>;
}

/** A source that was read to its end, and the cursor behind its last record. */
export interface ReadToEnd {
  readonly run: RunState;
  readonly cursor: CocoCursor;
}

/**
 * Joins the rows of sources that were read to their end to their dataset, inside the caller's transaction: images and
 * categories are merged with those of other sources, annotations get the keys of theirs, the whole is checked. Of several
 * sources the keys must follow each other, in the order in which they are given; the rows are the same as if they were
 * linked one after the other.
 */
export async function linkSources<Sources extends readonly [ReadToEnd, ...ReadToEnd[]]>(
  connection: SqlConnection,
  sources: Sources,
  { measureMask, uniqueIds, freeMemory }: LinkOptions,
): Promise<Each<Sources, { readonly report: LinkReport }>> {
  const scope = scopeOf(sources);
  const ownImages = await countOwn(connection, scope);
  const newImages = await mergeRecords(connection, scope, 'images');
  const newCategories = await mergeRecords(connection, scope, 'categories');
  await linkAnnotations(connection, scope);
  await deriveShapes(connection, scope, measureMask);
  await storeSegments(connection, scope);
  await storeLicenses(connection, scope);
  const promoted = await fillPromoted(connection, scope);
  await freeMemory?.();
  const found = await checkSources(connection, scope, { promoted, uniqueIds });
  const linked = sources.map((source) => {
    const { sourceKey } = source.run;
    const report: LinkReport = {
      newImages: (ownImages.get(sourceKey) ?? 0) + (newImages.get(sourceKey) ?? 0),
      newCategories: newCategories.get(sourceKey) ?? 0,
      findingCounts: { ...source.cursor.findingCounts, ...found.get(sourceKey) },
    };
    return { ...source, report };
  });
  await storeFindingCounts(
    connection,
    linked.map(({ run, report }) => ({ run, counts: report.findingCounts })),
  );
  // As many as sources, which map() forgets.
  return linked as unknown as Each<Sources, { readonly report: LinkReport }>;
}

export function scopeOf(sources: readonly [ReadToEnd, ...ReadToEnd[]]): LinkScope {
  const [{ run: first }] = sources;
  const last = sources.at(-1)?.run ?? first;
  return { first: first.sourceKey, last: last.sourceKey, datasetKey: first.datasetKey };
}

/** Images that became rows as they were read, by source. */
async function countOwn(connection: SqlConnection, scope: LinkScope): Promise<ReadonlyMap<bigint, number>> {
  const rows = await connection.all<{ source: bigint; n: bigint }>(
    `SELECT source_key AS source, count(*) AS n FROM images WHERE ${inScope()} GROUP BY source_key`,
    boundsOf(scope),
  );
  return new Map(rows.map(({ source, n }) => [source, Number(n)]));
}

/** Licences as rows. What is no licence by its shape stays in records only. */
async function storeLicenses(connection: SqlConnection, scope: LinkScope): Promise<void> {
  const records = await connection.all<{ source: bigint; json: string }>(
    `SELECT source_key AS source, json FROM records WHERE ${inScope()} AND section = 'licenses'
     ORDER BY source_key, idx`,
    boundsOf(scope),
  );
  const rows = records.flatMap(({ source, json }) => {
    const value: unknown = JSON.parse(json);
    if (typeof value !== 'object' || value === null) return [];
    const { id, name, url } = value as Record<string, unknown>;
    const text = (found: unknown): string | null => (typeof found === 'string' ? found : null);
    return [{ source, id: Number.isSafeInteger(id) ? (id as number) : null, name: text(name), url: text(url) }];
  });
  if (rows.length === 0) return;
  await connection.run(
    `INSERT INTO licenses SELECT $1, unnest($2::BIGINT[]), unnest($3::BIGINT[]), unnest($4::VARCHAR[]),
       unnest($5::VARCHAR[])`,
    [
      scope.datasetKey,
      rows.map(({ source }) => source),
      rows.map(({ id }) => id),
      rows.map(({ name }) => name),
      rows.map(({ url }) => url),
    ],
  );
}
