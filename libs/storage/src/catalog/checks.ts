import type { FindingSeverity, SqlConnection } from '@datavis/plugin-sdk';
import { unconvertedRows, type PromotedField } from './promoted-fields.js';
import type { RunState } from './source-spec.js';

const MAX_SAMPLES = 100;

interface Check {
  readonly code: string;
  readonly severity: FindingSeverity;
  readonly message: string;
  readonly section: string;
  /** Columns idx, byte_offset, record_id, sample of the rows concerned; `$1` is the source. */
  readonly rows: string;
  /** A condition that is cheap to test and holds wherever there are such rows. Default: true. */
  readonly onlyIf?: string;
}

const idOf = (prefix = ''): string => `coalesce(${prefix}id::VARCHAR, ${prefix}id_text)`;

/** Records whose `value` another record of the source has too. Grouped by the bare column: ids are not made texts. */
function duplicates(table: string, value: string): string {
  return `SELECT idx, byte_offset, ${idOf()} AS record_id, ${value}::VARCHAR AS sample FROM ${table}
    WHERE source_key = $1 AND ${value} IN (SELECT ${value} FROM ${table}
      WHERE source_key = $1 AND ${value} IS NOT NULL GROUP BY ${value} HAVING count(*) > 1)`;
}

function duplicateIds(table: string): string {
  return `${duplicates(table, 'id')} UNION ALL ${duplicates(table, 'id_text')}`;
}

/** Whether references of annotations are open: the usual file has none, and needs no join to say so. */
const anyLost = (id: 'image' | 'category'): string => `EXISTS (SELECT 1 FROM annotations
  WHERE source_key = $1 AND ${id}_key IS NULL AND (${id}_id IS NOT NULL OR ${id}_id_text IS NOT NULL))`;

/** Ids that do not lead to exactly one record of the source. */
function lost(id: 'image' | 'category', known: boolean): string {
  const list = id === 'image' ? 'source_images' : 'source_categories';
  const reference = `coalesce(a.${id}_id::VARCHAR, a.${id}_id_text)`;
  const exists = `EXISTS (SELECT 1 FROM ${list} l WHERE l.source_key = $1 AND ${idOf('l.')} = ${reference})`;
  return `SELECT a.idx, a.byte_offset, ${idOf('a.')} AS record_id, ${reference} AS sample FROM annotations a
    WHERE a.source_key = $1 AND a.${id}_key IS NULL AND ${reference} IS NOT NULL AND ${known ? '' : 'NOT '}${exists}`;
}

const CHECKS: readonly Check[] = [
  {
    code: 'duplicate-annotation-id',
    severity: 'warning',
    message: 'Several annotations have this id; all are kept, each under a row key of its own',
    section: 'annotations',
    rows: duplicateIds('annotations'),
  },
  {
    code: 'duplicate-image-id',
    severity: 'error',
    message: 'Several images have this id; all are kept, annotations that name it are attached to none of them',
    section: 'images',
    rows: duplicateIds('source_images'),
  },
  {
    code: 'duplicate-category-id',
    severity: 'error',
    message: 'Several categories have this id; all are kept, annotations that name it are attached to none of them',
    section: 'categories',
    rows: duplicateIds('source_categories'),
  },
  {
    code: 'duplicate-file-name',
    severity: 'warning',
    message: 'Several images have this file_name; all are kept',
    section: 'images',
    rows: `SELECT s.idx, s.byte_offset, ${idOf('s.')} AS record_id, i.file_name AS sample
      FROM source_images s JOIN images i USING (image_key)
      WHERE s.source_key = $1 AND i.file_name IN (SELECT o.file_name FROM images o JOIN source_images l USING (image_key)
        WHERE l.source_key = $1 GROUP BY o.file_name HAVING count(*) > 1)`,
  },
  {
    code: 'duplicate-category-name',
    severity: 'warning',
    message: 'Several categories have this name; all are kept',
    section: 'categories',
    rows: `SELECT s.idx, s.byte_offset, ${idOf('s.')} AS record_id, c.name AS sample
      FROM source_categories s JOIN categories c USING (category_key)
      WHERE s.source_key = $1 AND c.name IS NOT NULL QUALIFY count(*) OVER (PARTITION BY c.name) > 1`,
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
    rows: `SELECT a.idx, a.byte_offset, ${idOf('a.')} AS record_id, coalesce(a.image_id::VARCHAR, a.image_id_text) AS sample
      FROM annotations a JOIN source_images s ON s.source_key = $1 AND s.image_key = a.image_key
      WHERE a.source_key = $1 AND (a.image_id IS NULL) <> (s.id IS NULL)
        AND (a.image_id_text IS NOT NULL OR s.id_text IS NOT NULL)`,
    onlyIf: `EXISTS (SELECT 1 FROM annotations WHERE source_key = $1 AND image_id_text IS NOT NULL)
      OR EXISTS (SELECT 1 FROM source_images WHERE source_key = $1 AND id_text IS NOT NULL)`,
  },
  {
    code: 'bbox-derived',
    severity: 'info',
    message: 'The annotation has no box; one was derived from its shape into the columns bbox_…_derived',
    section: 'annotations',
    rows: `SELECT idx, byte_offset, ${idOf()} AS record_id, NULL AS sample FROM annotations
      WHERE source_key = $1 AND bbox_x_derived IS NOT NULL`,
  },
  {
    code: 'area-derived',
    severity: 'info',
    message: 'The annotation has no area; that of its shape, or of its box, stands in area_derived',
    section: 'annotations',
    rows: `SELECT idx, byte_offset, ${idOf()} AS record_id, NULL AS sample FROM annotations
      WHERE source_key = $1 AND area_derived IS NOT NULL`,
  },
];

/** Records that have a promoted key with a value that its column cannot hold. */
function unconverted(field: PromotedField): Check {
  const { table } = field;
  const place = `idx, byte_offset, ${idOf()} AS record_id, NULL AS sample`;
  return {
    code: 'promoted-field-unconverted',
    severity: 'warning',
    message: `The value of ${field.field} is no ${field.type}: ${field.column} is NULL, and extra has it as found`,
    section: table,
    rows:
      table === 'annotations'
        ? `SELECT ${place} FROM annotations WHERE source_key = $1 AND ${unconvertedRows(field)}`
        : `SELECT ${place} FROM source_images WHERE source_key = $1
             AND image_key IN (SELECT image_key FROM images WHERE ${unconvertedRows(field)})`,
  };
}

/** Checks that need the whole source. Stores samples, and returns the exact counts by code. */
export async function checkSource(
  connection: SqlConnection,
  run: RunState,
  { promoted, idsAreUnique }: { readonly promoted: readonly PromotedField[]; readonly idsAreUnique: boolean },
): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const check of [...CHECKS, ...promoted.map(unconverted)]) {
    if (check.code === 'duplicate-annotation-id' && idsAreUnique) continue;
    if (check.onlyIf !== undefined) {
      const [first] = await connection.all<{ holds: boolean }>(`SELECT ${check.onlyIf} AS holds`, [run.sourceKey]);
      if (first?.holds === false) continue;
    }
    const [row] = await connection.all<{ n: bigint }>(`SELECT count(*) AS n FROM (${check.rows})`, [run.sourceKey]);
    const count = Number(row?.n ?? 0);
    if (count === 0) continue;
    counts[check.code] = (counts[check.code] ?? 0) + count;
    await connection.run(
      `INSERT INTO findings SELECT $2, $3, $1, $4, $5, $6, $7, idx, byte_offset, record_id, left(sample, 200)
       FROM (${check.rows}) ORDER BY idx LIMIT ${MAX_SAMPLES}`,
      [run.sourceKey, run.runKey, run.datasetKey, check.code, check.severity, check.message, check.section],
    );
  }
  return counts;
}
