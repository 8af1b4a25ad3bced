import type { SqlValue } from '@datavis/plugin-sdk';
import { all, inNames, inRange } from './conditions.js';
import type { Condition } from './conditions.js';
import { columnCondition } from './plugin-columns.js';
import type { KnownColumn } from './plugin-columns.js';
import { withoutUndefined } from './parse-filter.js';
import type { NameSet, RecordFilter } from './record-filter.js';

export type RecordTable = 'images' | 'annotations';

/** What a filter is compiled for. */
export interface FilterScope {
  readonly datasetKey: bigint;
  /** Plugins' columns that the filter names, looked up in the database. */
  readonly columns: readonly KnownColumn[];
}

/** Conditions on `i` (images) or `a` (annotations), with bound values. */
export function compileFilter(table: RecordTable, filter: RecordFilter, scope: FilterScope): Condition {
  const dataset: SqlValue = scope.datasetKey;
  const columns = (filter.columns ?? []).map((term, at) => columnCondition(table, term, scope.columns[at]));
  if (table === 'images') {
    return all([
      { sql: 'i.dataset_key = ?', params: [dataset] },
      ...withId('i', filter.id),
      ...onImage(filter, dataset),
      ...onSomeAnnotation(filter, dataset),
      ...findings('i.image_key', 'image_key', filter.finding, dataset),
      ...columns,
    ]);
  }
  return all([
    { sql: 'a.dataset_key = ?', params: [dataset] },
    ...withId('a', filter.id),
    ...onAnnotation(filter, dataset, true),
    ...imagesOf(filter, dataset),
    ...findings('a.annotation_key', 'annotation_key', filter.finding, dataset),
    ...columns,
  ]);
}

/** Integer ids by value, so that 007 finds 7; ids that are text as they are. */
function withId(alias: string, ids: readonly string[] | undefined): Condition[] {
  if (ids === undefined) return [];
  // To cast alone would make 2 of `1.5`.
  const integers =
    "SELECT TRY_CAST(t AS BIGINT) FROM (SELECT unnest(?) AS t) WHERE regexp_full_match(t, '\\s*-?\\d+\\s*')";
  const texts = 'SELECT unnest(?)';
  return [{ sql: `(${alias}.id IN (${integers}) OR ${alias}.id_text IN (${texts}))`, params: [ids, ids] }];
}

/** Conditions of the image itself. */
function onImage(filter: RecordFilter, dataset: SqlValue): Condition[] {
  const { file, split, width, height, missing, annotated, text } = filter;
  return [
    ...(file === undefined
      ? []
      : [
          {
            sql: "(i.file_name IN (SELECT unnest(?)) OR regexp_extract(i.file_name, '[^/\\\\]+$') IN (SELECT unnest(?)))",
            params: [file, file],
          },
        ]),
    ...(split === undefined ? [] : inNames('i.split_key', named('split_key', 'splits', 'name', dataset), split)),
    ...(width === undefined ? [] : inRange('i.width', width)),
    ...(height === undefined ? [] : inRange('i.height', height)),
    ...(missing === undefined
      ? []
      : [{ sql: `i.media_state IS ${missing ? 'NOT ' : ''}DISTINCT FROM 'missing'`, params: [] }]),
    ...(annotated === undefined ? [] : [annotated ? isAnnotated(dataset) : isNotAnnotated(dataset)]),
    ...(text === undefined
      ? []
      : [
          {
            sql: `(contains(lower(i.file_name), lower(?)) OR i.image_key IN (SELECT image_key FROM annotations
              WHERE dataset_key = ? AND contains(lower(caption), lower(?))))`,
            params: [text, dataset, text],
          },
        ]),
  ];
}

function isAnnotated(dataset: SqlValue): Condition {
  const sql = 'i.image_key IN (SELECT image_key FROM annotations WHERE dataset_key = ? AND image_key IS NOT NULL)';
  return { sql, params: [dataset] };
}

/** `NOT IN` has to mind NULL, and so keeps all keys of the annotations: half as much work again. */
function isNotAnnotated(dataset: SqlValue): Condition {
  const sql = `i.image_key IN (SELECT m.image_key FROM images m ANTI JOIN annotations a
    ON a.image_key = m.image_key AND a.dataset_key = ? WHERE m.dataset_key = ?)`;
  return { sql, params: [dataset, dataset] };
}

/** One annotation of the image meets all conditions on annotations; none has an excluded name. */
function onSomeAnnotation(filter: RecordFilter, dataset: SqlValue): Condition[] {
  const wanted = onAnnotation(withoutExclusions(filter), dataset, false);
  const excluded = [
    ...excludedNames('name', filter.category, dataset),
    ...excludedNames('supercategory', filter.supercategory, dataset),
  ];
  const met = all([{ sql: 'a.dataset_key = ?', params: [dataset] }, ...wanted]);
  return [
    ...(wanted.length === 0
      ? []
      : [{ sql: `i.image_key IN (SELECT a.image_key FROM annotations a WHERE ${met.sql})`, params: met.params }]),
    ...excluded.map(({ sql, params }) => ({
      sql: `i.image_key NOT IN (SELECT image_key FROM annotations
        WHERE dataset_key = ? AND image_key IS NOT NULL AND category_key IN (${sql}))`,
      params: [dataset, ...params],
    })),
  ];
}

function onAnnotation(filter: RecordFilter, dataset: SqlValue, withText: boolean): Condition[] {
  const { category, supercategory, area, score, crowd, text } = filter;
  const keys = (column: string) => named('category_key', 'categories', column, dataset);
  return [
    ...(category === undefined ? [] : inNames('a.category_key', keys('name'), category)),
    ...(supercategory === undefined ? [] : inNames('a.category_key', keys('supercategory'), supercategory)),
    ...(area === undefined ? [] : inRange('coalesce(a.area, a.area_derived)', area)),
    ...(score === undefined ? [] : inRange('a.score', score)),
    ...(crowd === undefined ? [] : [{ sql: 'coalesce(a.iscrowd, false) = ?', params: [crowd] }]),
    ...(text === undefined || !withText
      ? []
      : [
          {
            sql: `(contains(lower(a.caption), lower(?)) OR a.image_key IN (SELECT image_key FROM images
              WHERE dataset_key = ? AND contains(lower(file_name), lower(?))))`,
            params: [text, dataset, text],
          },
        ]),
  ];
}

/** Conditions of the image an annotation belongs to. */
function imagesOf(filter: RecordFilter, dataset: SqlValue): Condition[] {
  const { file, split, width, height, missing, annotated } = filter;
  const conditions = onImage(withoutUndefined({ file, split, width, height, missing }), dataset);
  const found = all([{ sql: 'i.dataset_key = ?', params: [dataset] }, ...conditions]);
  return [
    ...(conditions.length === 0
      ? []
      : [{ sql: `a.image_key IN (SELECT i.image_key FROM images i WHERE ${found.sql})`, params: found.params }]),
    ...(annotated === undefined ? [] : [{ sql: `a.image_key IS ${annotated ? 'NOT ' : ''}NULL`, params: [] }]),
  ];
}

function findings(key: string, column: string, codes: NameSet | undefined, dataset: SqlValue): Condition[] {
  if (codes === undefined) return [];
  const rows =
    column === 'image_key'
      ? `SELECT s.image_key FROM findings f JOIN source_images s ON s.source_key = f.source_key AND s.idx = f.idx
           WHERE f.section = 'images' AND f.dataset_key = ? AND f.code IN (SELECT unnest(?))
         UNION ALL SELECT n.image_key FROM findings f JOIN annotations n ON n.source_key = f.source_key AND n.idx = f.idx
           WHERE f.section = 'annotations' AND f.dataset_key = ? AND f.code IN (SELECT unnest(?))`
      : `SELECT n.annotation_key FROM findings f JOIN annotations n ON n.source_key = f.source_key AND n.idx = f.idx
           WHERE f.section = 'annotations' AND f.dataset_key = ? AND f.code IN (SELECT unnest(?))`;
  const keysOf = (names: readonly string[]): Condition => ({
    sql: rows,
    params: column === 'image_key' ? [dataset, names, dataset, names] : [dataset, names],
  });
  return inNames(key, keysOf, codes);
}

function named(key: string, table: string, column: string, dataset: SqlValue) {
  return (names: readonly string[]): Condition => ({
    sql: `SELECT ${key} FROM ${table} WHERE dataset_key = ? AND ${column} IN (SELECT unnest(?))`,
    params: [dataset, names],
  });
}

function excludedNames(column: string, names: NameSet | undefined, dataset: SqlValue): Condition[] {
  if (names === undefined || names.noneOf.length === 0) return [];
  return [named('category_key', 'categories', column, dataset)(names.noneOf)];
}

function withoutExclusions(filter: RecordFilter): RecordFilter {
  const only = (names: NameSet | undefined) =>
    names === undefined ? undefined : { anyOf: names.anyOf, noneOf: [] };
  const [category, supercategory] = [only(filter.category), only(filter.supercategory)];
  return { ...filter, ...(category && { category }), ...(supercategory && { supercategory }) };
}
