import type { SectionSummary, SqlConnection } from '@datavis/plugin-sdk';
import { moveSourceRows, movePluginRows, removePluginOrphans } from './move-source.js';
import { RECORD_COLUMNS } from './record-columns.js';
import { reserveKeys } from './runs.js';

/** Records that a new version of a file adds, leaves out, and says otherwise. */
export interface TableDifference {
  readonly added: number;
  readonly removed: number;
  readonly changed: number;
}

/** `records`: of all other sections, and what stands there as one value (`info`). */
export type DifferenceTable = 'images' | 'categories' | 'annotations' | 'records';
/** What a changed source brought, by table. */
export type Difference = Readonly<Record<DifferenceTable, TableDifference>>;

const hashed = (names: readonly string[]): string => `hash(${names.join(', ')})`;

/** Record in one table of one source: `identity` is what it is found again by, `h` what it says. */
const RECORDS: Readonly<Record<DifferenceTable, (source: string) => string>> = {
  images: (source) => {
    const said = RECORD_COLUMNS.images.map((name) => `CASE WHEN s.differs THEN s.${name} ELSE i.${name} END`);
    return `SELECT s.image_key AS identity, s.idx, ${hashed(['s.key', ...said])} AS h
      FROM source_images s JOIN images i USING (image_key) WHERE s.source_key = ${source}`;
  },
  categories: (source) =>
    `SELECT category_key AS identity, idx, ${hashed(['key', ...RECORD_COLUMNS.categories])} AS h
     FROM source_categories WHERE source_key = ${source}`,
  annotations: (source) =>
    `SELECT (id, id_text) AS identity, idx, annotation_key, ${hashed(['key', ...RECORD_COLUMNS.annotations])} AS h
     FROM annotations WHERE source_key = ${source}`,
  records: (source) =>
    `SELECT section AS identity, idx, ${hashed(['key', 'json'])} AS h FROM records WHERE source_key = ${source}`,
};

/** Pairs of old and new records; a missing side is NULL. The nth of equal identities is the nth of the other side. */
function pairs(table: DifferenceTable): string {
  const numbered = (source: string): string =>
    `SELECT *, row_number() OVER (PARTITION BY identity ORDER BY idx) AS nth FROM (${RECORDS[table](source)})`;
  return `FROM (${numbered('$1')}) o FULL JOIN (${numbered('$2')}) n
    ON o.identity IS NOT DISTINCT FROM n.identity AND o.nth = n.nth`;
}

async function differenceOf(
  connection: SqlConnection,
  table: DifferenceTable,
  sources: readonly [before: bigint, after: bigint],
): Promise<TableDifference> {
  const [row] = await connection.all<{ added: bigint; removed: bigint; changed: bigint }>(
    `SELECT count(*) FILTER (o.idx IS NULL) AS added, count(*) FILTER (n.idx IS NULL) AS removed,
       count(*) FILTER (o.h <> n.h) AS changed ${pairs(table)}`,
    sources,
  );
  return { added: Number(row?.added ?? 0), removed: Number(row?.removed ?? 0), changed: Number(row?.changed ?? 0) };
}

/** Sections that hold one value, such as `info`: they have no rows. */
async function differenceOfValues(
  connection: SqlConnection,
  sources: readonly [before: bigint, after: bigint],
): Promise<TableDifference> {
  const rows = await connection.all<{ source_key: bigint; sections: string | null }>(
    'SELECT source_key, sections FROM sources WHERE source_key IN ($1, $2)',
    sources,
  );
  const [before = new Map<string, string>(), after = new Map<string, string>()] = sources.map((key) => {
    const text = rows.find(({ source_key }) => source_key === key)?.sections ?? '[]';
    const values = (JSON.parse(text) as SectionSummary[]).filter(({ form }) => form === 'value');
    return new Map(values.map(({ name, json = 'null' }) => [name, json]));
  });
  const names = [...after.keys()];
  return {
    added: names.filter((name) => !before.has(name)).length,
    removed: [...before.keys()].filter((name) => !after.has(name)).length,
    changed: names.filter((name) => before.has(name) && before.get(name) !== after.get(name)).length,
  };
}

const sumOf = (one: TableDifference, other: TableDifference): TableDifference => ({
  added: one.added + other.added,
  removed: one.removed + other.removed,
  changed: one.changed + other.changed,
});

/**
 * Puts a source that was read anew, and is linked, in the place of its earlier version. What is the same in both keeps
 * its row key, and with it what plugins computed and others refer to; what the file no longer has goes; what is new gets
 * keys that were never given before.
 */
export async function replaceSource(
  connection: SqlConnection,
  { before, after }: { readonly before: bigint; readonly after: bigint },
): Promise<Difference> {
  await reserveKeys(connection);
  const sources = [before, after] as const;
  const difference = {
    images: await differenceOf(connection, 'images', sources),
    categories: await differenceOf(connection, 'categories', sources),
    annotations: await differenceOf(connection, 'annotations', sources),
    records: sumOf(
      await differenceOf(connection, 'records', sources),
      await differenceOfValues(connection, sources),
    ),
  };
  await connection.run(
    `CREATE OR REPLACE TEMP TABLE moved_annotations AS
     WITH found AS (SELECT n.annotation_key AS new_key, o.annotation_key AS old_key, n.idx ${pairs('annotations')}
       WHERE n.idx IS NOT NULL)
     SELECT new_key, coalesce(old_key, (SELECT min(new_key) FROM found) - 1
       + row_number() OVER (PARTITION BY old_key IS NULL ORDER BY idx))::BIGINT AS final_key FROM found`,
    sources,
  );
  await movePluginRows(connection, sources);
  await moveSourceRows(connection, sources);
  await removePluginOrphans(connection);
  await connection.run('DROP TABLE temp.moved_annotations');
  return difference;
}
