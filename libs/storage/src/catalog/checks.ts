import type { FindingSeverity, SqlConnection } from '@datavis/plugin-sdk';
import type { FindingCounts } from './findings.js';
import { boundsOf, inScope, type LinkScope } from './link-scope.js';
import { unconvertedRows, type PromotedField } from './promoted-fields.js';
import type { UniqueIds } from './source-intake.js';

const MAX_SAMPLES = 100;

interface Check {
  readonly code: string;
  readonly severity: FindingSeverity;
  readonly message: string;
  readonly section: string;
  /** Columns source_key, idx, byte_offset, record_id, sample of the rows concerned; `$1` and `$2`: see {@link inScope}. */
  readonly rows: string;
  /** A condition that is cheap to test and holds wherever there are such rows. Default: true. */
  readonly onlyIf?: string;
  /** Table whose ids differ, where there are no such rows. */
  readonly unless?: UniqueIds;
}

const idOf = (prefix = ''): string => `coalesce(${prefix}id::VARCHAR, ${prefix}id_text)`;

/** Records whose `value` another record of their source has too. Grouped by the bare column: ids are not made texts. */
function duplicates(table: string, value: string): string {
  return `SELECT source_key, idx, byte_offset, ${idOf()} AS record_id, ${value}::VARCHAR AS sample
    FROM ${table} JOIN (SELECT source_key, ${value} FROM ${table} WHERE ${inScope()} AND ${value} IS NOT NULL
      GROUP BY ALL HAVING count(*) > 1) USING (source_key, ${value})`;
}

function duplicateIds(table: string): string {
  return `${duplicates(table, 'id')} UNION ALL ${duplicates(table, 'id_text')}`;
}

/** Whether references of annotations are open: the usual file has none, and needs no join to say so. */
const anyLost = (id: 'image' | 'category'): string => `EXISTS (SELECT 1 FROM annotations
  WHERE ${inScope()} AND ${id}_key IS NULL AND (${id}_id IS NOT NULL OR ${id}_id_text IS NOT NULL))`;

/** Ids that do not lead to exactly one record of the source. */
function lost(id: 'image' | 'category', known: boolean): string {
  const list = id === 'image' ? 'source_images' : 'source_categories';
  const reference = `coalesce(a.${id}_id::VARCHAR, a.${id}_id_text)`;
  const exists = `EXISTS (SELECT 1 FROM ${list} l
    WHERE ${inScope('l.source_key')} AND l.source_key = a.source_key AND ${idOf('l.')} = ${reference})`;
  return `SELECT a.source_key, a.idx, a.byte_offset, ${idOf('a.')} AS record_id, ${reference} AS sample
    FROM annotations a WHERE ${inScope('a.source_key')} AND a.${id}_key IS NULL AND ${reference} IS NOT NULL
      AND ${known ? '' : 'NOT '}${exists}`;
}

const CHECKS: readonly Check[] = [
  // First, since it needs most memory: what others read stays in DuckDB's buffers.
  {
    code: 'duplicate-file-name',
    severity: 'warning',
    message: 'Several images have this file_name; all are kept',
    section: 'images',
    rows: `SELECT s.source_key, s.idx, s.byte_offset, ${idOf('s.')} AS record_id, i.file_name AS sample
      FROM source_images s JOIN images i ON i.image_key = s.image_key
      JOIN (SELECT l.source_key, o.file_name FROM images o JOIN source_images l ON l.image_key = o.image_key
            WHERE ${inScope('l.source_key')} GROUP BY ALL HAVING count(*) > 1) d
        ON d.source_key = s.source_key AND d.file_name = i.file_name
      WHERE ${inScope('s.source_key')}`,
    // Hashes take a third less memory than names; two names with one hash cost the look at the names.
    onlyIf: `(SELECT count(*) <> count(DISTINCT hash(l.source_key, o.file_name)) FROM images o
      JOIN source_images l ON l.image_key = o.image_key WHERE ${inScope('l.source_key')} AND o.file_name IS NOT NULL)`,
  },
  {
    code: 'duplicate-annotation-id',
    severity: 'warning',
    message: 'Several annotations have this id; all are kept, each under a row key of its own',
    section: 'annotations',
    rows: duplicateIds('annotations'),
    unless: 'annotations',
  },
  {
    code: 'duplicate-image-id',
    severity: 'error',
    message: 'Several images have this id; all are kept, annotations that name it are attached to none of them',
    section: 'images',
    rows: duplicateIds('source_images'),
    unless: 'images',
  },
  {
    code: 'duplicate-category-id',
    severity: 'error',
    message: 'Several categories have this id; all are kept, annotations that name it are attached to none of them',
    section: 'categories',
    rows: duplicateIds('source_categories'),
    onlyIf: `(SELECT count(*) <> count(DISTINCT (source_key, id, id_text)) FROM source_categories WHERE ${inScope()})`,
  },
  {
    code: 'duplicate-category-name',
    severity: 'warning',
    message: 'Several categories have this name; all are kept',
    section: 'categories',
    rows: `SELECT s.source_key, s.idx, s.byte_offset, ${idOf('s.')} AS record_id, c.name AS sample
      FROM source_categories s JOIN categories c USING (category_key)
      WHERE ${inScope('s.source_key')} AND c.name IS NOT NULL
      QUALIFY count(*) OVER (PARTITION BY s.source_key, c.name) > 1`,
    onlyIf: `(SELECT count(*) <> count(DISTINCT (s.source_key, c.name)) FROM source_categories s
      JOIN categories c USING (category_key) WHERE ${inScope('s.source_key')})`,
  },
  {
    code: 'unknown-image',
    severity: 'error',
    message: 'No image has the image_id of this annotation; it is kept without an image',
    section: 'annotations',
    rows: lost('image', false),
    onlyIf: anyLost('image'),
  },
  {
    code: 'ambiguous-image',
    severity: 'error',
    message: 'Several images have the image_id of this annotation; it is attached to none of them',
    section: 'annotations',
    rows: lost('image', true),
    onlyIf: anyLost('image'),
  },
  {
    code: 'unknown-category',
    severity: 'error',
    message: 'No category has the category_id of this annotation; it is kept without a category',
    section: 'annotations',
    rows: lost('category', false),
    onlyIf: anyLost('category'),
  },
  {
    code: 'id-type-differs',
    severity: 'warning',
    message: 'The image_id is a string and the id of its image a number, or the reverse; joined by their digits',
    section: 'annotations',
    rows: `SELECT a.source_key, a.idx, a.byte_offset, ${idOf('a.')} AS record_id,
        coalesce(a.image_id::VARCHAR, a.image_id_text) AS sample
      FROM annotations a JOIN source_images s ON s.source_key = a.source_key AND s.image_key = a.image_key
      WHERE ${inScope('a.source_key')} AND ${inScope('s.source_key')} AND (a.image_id IS NULL) <> (s.id IS NULL)
        AND (a.image_id_text IS NOT NULL OR s.id_text IS NOT NULL)`,
    onlyIf: `EXISTS (SELECT 1 FROM annotations WHERE ${inScope()} AND image_id_text IS NOT NULL)
      OR EXISTS (SELECT 1 FROM source_images WHERE ${inScope()} AND id_text IS NOT NULL)`,
  },
  {
    code: 'bbox-derived',
    severity: 'info',
    message: 'The annotation has no box; one was derived from its shape into the columns bbox_…_derived',
    section: 'annotations',
    rows: `SELECT source_key, idx, byte_offset, ${idOf()} AS record_id, NULL AS sample FROM annotations
      WHERE ${inScope()} AND bbox_x_derived IS NOT NULL`,
  },
  {
    code: 'area-derived',
    severity: 'info',
    message: 'The annotation has no area; that of its shape, or of its box, stands in area_derived',
    section: 'annotations',
    rows: `SELECT source_key, idx, byte_offset, ${idOf()} AS record_id, NULL AS sample FROM annotations
      WHERE ${inScope()} AND area_derived IS NOT NULL`,
  },
];

/** Records that have a promoted key with a value that its column cannot hold. */
function unconverted(field: PromotedField): Check {
  const { table } = field;
  const place = `source_key, idx, byte_offset, ${idOf()} AS record_id, NULL AS sample`;
  return {
    code: 'promoted-field-unconverted',
    severity: 'warning',
    message: `The value of ${field.field} is no ${field.type}: ${field.column} is NULL, and extra has it as found`,
    section: table,
    rows:
      table === 'annotations'
        ? `SELECT ${place} FROM annotations WHERE ${inScope()} AND ${unconvertedRows(field)}`
        : `SELECT ${place} FROM source_images WHERE ${inScope()}
             AND image_key IN (SELECT image_key FROM images WHERE ${unconvertedRows(field)})`,
  };
}

/** Checks that need the whole of a source. Stores samples, and returns the exact counts by source and code. */
export async function checkSources(
  connection: SqlConnection,
  scope: LinkScope,
  {
    promoted,
    uniqueIds,
  }: { readonly promoted: readonly PromotedField[]; readonly uniqueIds: readonly UniqueIds[] },
): Promise<ReadonlyMap<bigint, FindingCounts>> {
  const counts = new Map<bigint, Record<string, number>>();
  const bounds = boundsOf(scope);
  for (const check of [...CHECKS, ...promoted.map(unconverted)]) {
    if (check.unless !== undefined && uniqueIds.includes(check.unless)) continue;
    if (check.onlyIf !== undefined) {
      const [first] = await connection.all<{ holds: boolean }>(`SELECT ${check.onlyIf} AS holds`, bounds);
      if (first?.holds === false) continue;
    }
    const found = await connection.all<{ source: bigint; n: bigint }>(
      `SELECT source_key AS source, count(*) AS n FROM (${check.rows}) GROUP BY source_key`,
      bounds,
    );
    for (const { source, n } of found) {
      const own = counts.get(source) ?? {};
      own[check.code] = (own[check.code] ?? 0) + Number(n);
      counts.set(source, own);
    }
    if (found.length > 0) await storeSamples(connection, scope, check);
  }
  return counts;
}

async function storeSamples(connection: SqlConnection, scope: LinkScope, check: Check): Promise<void> {
  const { code, severity, message, section, rows } = check;
  // One source: its first ones, without numbering all.
  const first =
    scope.first === scope.last
      ? `ORDER BY idx LIMIT ${MAX_SAMPLES}`
      : `QUALIFY row_number() OVER (PARTITION BY f.source_key ORDER BY f.idx) <= ${MAX_SAMPLES} ORDER BY f.source_key, f.idx`;
  await connection.run(
    `INSERT INTO findings SELECT r.run_key, r.dataset_key, f.source_key, $3, $4, $5, $6, f.idx, f.byte_offset,
       f.record_id, left(f.sample, 200)
     FROM (${rows}) f JOIN (SELECT source_key, dataset_key, max(run_key) AS run_key FROM ingest_runs
       WHERE ${inScope()} GROUP BY ALL) r USING (source_key) ${first}`,
    [...boundsOf(scope), code, severity, message, section],
  );
}
