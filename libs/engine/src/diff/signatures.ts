import type { SqlConnection } from '@datavis/plugin-sdk';
import { RECORD_COLUMNS } from '@datavis/storage';

export const DIFF_TABLES = ['images', 'categories', 'annotations'] as const;
export type DiffTable = (typeof DIFF_TABLES)[number];

/** Row key of each table. */
export const KEYS = { images: 'image_key', categories: 'category_key', annotations: 'annotation_key' } as const;

const aliases = { images: 'i', categories: 'c', annotations: 'a' } as const;

/** A picture is the same by its split and file name, whatever its id. */
const PICTURE = "concat_ws('/', s.name, coalesce(i.file_name, i.id::VARCHAR, i.id_text))";

/** By what a record is found again in the other dataset. One id may stand in several files: of boxes, of captions, … */
const IDENTITIES: Readonly<Record<DiffTable, string>> = {
  images: PICTURE,
  categories: "concat_ws(' / ', c.supercategory, c.name)",
  annotations: `concat_ws(' ', CASE WHEN a.caption IS NOT NULL THEN 'caption' WHEN a.keypoints IS NOT NULL THEN 'keypoints'
    WHEN a.segments_info IS NOT NULL THEN 'segments' ELSE 'object' END, coalesce(a.id::VARCHAR, a.id_text),
    'on', coalesce(${PICTURE}, a.image_id::VARCHAR, a.image_id_text))`,
};

const SOURCES: Readonly<Record<DiffTable, string>> = {
  images: 'images i LEFT JOIN splits s ON s.split_key = i.split_key',
  categories: 'categories c LEFT JOIN splits s ON false',
  annotations: `annotations a LEFT JOIN images i ON i.image_key = a.image_key
    LEFT JOIN splits s ON s.split_key = i.split_key`,
};

/** Identity, hash of what the record says, and row key of each record of a dataset, or of a split of it. */
export function signaturesSql(table: DiffTable, split: string | undefined): string {
  const alias = aliases[table];
  const said = RECORD_COLUMNS[table].map((name) => `${alias}.${name}`).join(', ');
  const inSplit = split === undefined || table === 'categories' ? '' : 'AND s.name = ?';
  return `SELECT ${IDENTITIES[table]} AS identity, hash(${said})::VARCHAR AS said, ${alias}.${KEYS[table]} AS key
    FROM ${SOURCES[table]}
    WHERE ${alias}.dataset_key = (SELECT dataset_key FROM datasets WHERE name = ?) ${inSplit}`;
}

/** Columns in which two records differ, by name. */
export async function differingColumns(
  table: DiffTable,
  before: { readonly connection: SqlConnection; readonly key: bigint },
  after: { readonly connection: SqlConnection; readonly key: bigint },
): Promise<string[]> {
  const columns = RECORD_COLUMNS[table];
  const sql = `SELECT ${columns.join(', ')} FROM ${table} WHERE ${KEYS[table]} = ?`;
  const [old] = await before.connection.all(sql, [before.key]);
  const [now] = await after.connection.all(sql, [after.key]);
  const text = (value: unknown): unknown =>
    JSON.stringify(value, (_, one: unknown) => (typeof one === 'bigint' ? one.toString() : one));
  return columns.filter((name) => text(old?.[name]) !== text(now?.[name]));
}
