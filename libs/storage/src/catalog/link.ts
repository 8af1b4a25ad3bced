import { fillPromoted } from './promoted-fields.js';
import type { CocoCursor, SqlConnection } from '@datavis/plugin-sdk';
import { checkSource } from './checks.js';
import { deriveShapes, type MeasureMask } from './derive-shapes.js';
import { storeFindingCounts } from './findings.js';
import { linkAnnotations } from './link-annotations.js';
import { mergeRecords } from './merge-records.js';
import { storeSegments } from './segments.js';
import type { RunState } from './source-spec.js';

/** Rows that a source brought, and findings about the source as a whole. */
export interface LinkReport {
  /** Images and categories that no source listed before. */
  readonly newImages: number;
  readonly newCategories: number;
  /** All findings of the source by code: those of its records and those of its whole. */
  readonly findingCounts: Readonly<Record<string, number>>;
}

export interface LinkOptions {
  readonly measureMask: MeasureMask | undefined;
  /** Whether the ids of the annotations are known to differ. */
  readonly idsAreUnique: boolean;
}

/**
 * Joins the rows of a source that was read to its end to its dataset, inside the caller's transaction: images and
 * categories are merged with those of other sources, annotations get the keys of theirs, the whole is checked.
 */
export async function linkSource(
  connection: SqlConnection,
  run: RunState,
  cursor: CocoCursor,
  { measureMask, idsAreUnique }: LinkOptions,
): Promise<LinkReport> {
  const newImages = (await ownImages(connection, run)) + (await mergeRecords(connection, run, 'images'));
  const newCategories = await mergeRecords(connection, run, 'categories');
  await linkAnnotations(connection, run);
  await deriveShapes(connection, run.sourceKey, measureMask);
  await storeSegments(connection, run);
  await storeLicenses(connection, run);
  const promoted = await fillPromoted(connection, run.sourceKey);
  const found = await checkSource(connection, run, { promoted, idsAreUnique });
  const findingCounts = { ...cursor.findingCounts, ...found };
  await storeFindingCounts(connection, run, findingCounts);
  await connection.run(`UPDATE sources SET state = 'done', sections = ? WHERE source_key = ?`, [
    JSON.stringify(cursor.sections),
    run.sourceKey,
  ]);
  return { newImages, newCategories, findingCounts };
}

/** Images that became rows as they were read. */
async function ownImages(connection: SqlConnection, { sourceKey }: RunState): Promise<number> {
  const [row] = await connection.all<{ n: bigint }>('SELECT count(*) AS n FROM images WHERE source_key = ?', [
    sourceKey,
  ]);
  return Number(row?.n ?? 0);
}

/** Licences as rows. What is no licence by its shape stays in records only. */
async function storeLicenses(connection: SqlConnection, run: RunState): Promise<void> {
  const records = await connection.all<{ json: string }>(
    `SELECT json FROM records WHERE source_key = ? AND section = 'licenses' ORDER BY idx`,
    [run.sourceKey],
  );
  for (const { json } of records) {
    const value: unknown = JSON.parse(json);
    if (typeof value !== 'object' || value === null) continue;
    const { id, name, url } = value as Record<string, unknown>;
    const text = (found: unknown): string | null => (typeof found === 'string' ? found : null);
    await connection.run('INSERT INTO licenses VALUES (?, ?, ?::BIGINT, ?::VARCHAR, ?::VARCHAR)', [
      run.datasetKey,
      run.sourceKey,
      Number.isSafeInteger(id) ? (id as number) : null,
      text(name),
      text(url),
    ]);
  }
}
