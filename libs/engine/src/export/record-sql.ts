/**
 * Records as JSON text, made by the database, so that no object is built for a record. Without JSON functions, so that it
 * runs in duckdb-wasm too.
 */

/** Between the parts of a record that has `extra`, and before its `extra`: neither can occur in JSON text. */
export const PART_END = '\u0001';
export const EXTRA_BEGIN = '\u0002';

/** Where the polygons of a record stand, which the database gives as numbers beside it. */
export const POLYGONS = '\u0003';

/** A part of a record: the JSON key, and an expression that is its JSON value, or NULL where there is none. */
type Part = readonly [key: string, value: string];

const number = (column: string): string => `${column}::VARCHAR`;

/** A JSON string. Most texts need no escape, so the 34 replacements are for those that do. */
export function jsonString(text: string): string {
  const control = Array.from({ length: 32 }, (_, code): [string, string] => [
    `chr(${code})`,
    `'\\u${code.toString(16).padStart(4, '0')}'`,
  ]);
  const pairs: [string, string][] = [["'\\'", "'\\\\'"], [`'"'`, `'\\"'`], ...control];
  const escaped = pairs.reduce((sql, [from, to]) => `replace(${sql}, ${from}, ${to})`, text);
  return `'"' || CASE WHEN regexp_matches(${text}, '[\\x00-\\x1f"\\\\]') THEN ${escaped} ELSE ${text} END || '"'`;
}

const id = (column: string): string => `coalesce(${number(column)}, ${jsonString(`${column}_text`)})`;

const BOX = `'[' || bbox_x::VARCHAR || ',' || bbox_y::VARCHAR || ',' || bbox_w::VARCHAR || ',' || bbox_h::VARCHAR || ']'`;

const ANNOTATION_PARTS: readonly Part[] = [
  ['id', id('id')],
  ['image_id', id('image_id')],
  ['category_id', id('category_id')],
  ['segmentation', 'coalesce(polygons::VARCHAR, rle)'],
  ['area', number('area')],
  ['bbox', BOX],
  ['iscrowd', 'iscrowd::INTEGER::VARCHAR'],
  ['keypoints', number('keypoints')],
  ['num_keypoints', number('num_keypoints')],
  ['caption', jsonString('caption')],
  ['score', number('score')],
  ['segments_info', 'segments_info'],
];

const IMAGE_PARTS: readonly Part[] = [
  ['id', id('id')],
  ['file_name', jsonString('file_name')],
  ['width', number('width')],
  ['height', number('height')],
  ['license', number('license')],
  ['coco_url', jsonString('coco_url')],
  ['flickr_url', jsonString('flickr_url')],
  ['date_captured', jsonString('date_captured')],
];

const CATEGORY_PARTS: readonly Part[] = [
  ['id', id('id')],
  ['name', jsonString('name')],
  ['supercategory', jsonString('supercategory')],
  ['keypoints', 'keypoints'],
  ['skeleton', 'skeleton'],
];

/** Expressions for the records of a table; those of `replaced` are put in place of the record's own. */
export function recordSql(
  table: 'images' | 'annotations' | 'categories',
  replaced: Readonly<Record<string, string>>,
): string {
  const parts = { images: IMAGE_PARTS, annotations: ANNOTATION_PARTS, categories: CATEGORY_PARTS }[table];
  return record(parts.map(([key, value]) => [key, replaced[key] ?? value]));
}

/** The record as JSON; with `extra`, its parts and then its `extra`: see `finishRecord`. */
function record(parts: readonly Part[]): string {
  const list = parts.map(([key, value]) => `'"${key}":' || ${value}`).join(',\n');
  return `CASE WHEN extra IS NULL THEN '{' || concat_ws(',', ${list}) || '}'
    ELSE concat_ws(chr(1), ${list}) || chr(2) || extra END`;
}

const IMAGE_COLUMNS = [
  'file_name',
  'width',
  'height',
  'license',
  'coco_url',
  'flickr_url',
  'date_captured',
  'extra',
];

/**
 * A source's records of a table: `key` (of an object section), `json`, and for annotations `polygons`, which belong where
 * `json` has {@link POLYGONS}, and `idx`. A window of `idx` bounds what is sorted.
 */
export const RECORD_SQL: Readonly<Record<'images' | 'annotations' | 'categories' | 'records', string>> = {
  images: `SELECT key, ${record(IMAGE_PARTS)} AS json FROM (
  SELECT s.idx, s.byte_offset, s.key, s.id, s.id_text, s.image_key,
        ${IMAGE_COLUMNS.map((name) => `CASE WHEN s.differs THEN s.${name} ELSE i.${name} END AS ${name}`).join(', ')}
      FROM source_images s LEFT JOIN images i ON i.image_key = s.image_key
      WHERE s.source_key = $1 AND s.idx >= $2 AND s.idx < $3) WHERE true`,
  annotations: `SELECT key, ${recordSql('annotations', { segmentation: 'CASE WHEN polygons IS NULL THEN rle ELSE chr(3) END' })} AS json,
    polygons, idx FROM annotations WHERE source_key = $1 AND idx >= $2 AND idx < $3`,
  categories: `SELECT key, ${record(CATEGORY_PARTS)} AS json FROM source_categories
    WHERE source_key = $1 AND idx >= $2 AND idx < $3`,
  records: `SELECT key, json FROM records WHERE source_key = $1 AND idx >= $2 AND idx < $3 AND section = $4`,
};

/**
 * Puts the parts of a record together. A key that is in `extra` is written from there, as found; the column beside it
 * only holds what could be understood of it. Not so keys of `replaced`: they are written from their columns.
 */
export function finishRecord(text: string, replaced: readonly string[] = []): string {
  const at = text.indexOf(EXTRA_BEGIN);
  if (at === -1) return text;
  let extra = text.slice(at + 1);
  let found = JSON.parse(extra) as Record<string, unknown>;
  if (replaced.some((key) => key in found)) {
    found = Object.fromEntries(Object.entries(found).filter(([key]) => !replaced.includes(key)));
    extra = JSON.stringify(found);
  }
  const keys = new Set(Object.keys(found));
  const parts = text
    .slice(0, at)
    .split(PART_END)
    .filter((part) => part !== '' && !keys.has(part.slice(1, part.indexOf('"', 1))));
  const rest = extra.slice(extra.indexOf('{') + 1, extra.lastIndexOf('}')).trim();
  return `{${[...parts, ...(rest === '' ? [] : [rest])].join(',')}}`;
}
