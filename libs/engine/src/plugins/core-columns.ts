import type { ColumnType, CoreColumnName, CoreColumns, PluginTable } from '@datavis/plugin-sdk';

type TypeOf<C> = C extends { readonly type: infer T } ? T : never;
type CoreColumnTypes = {
  readonly [T in PluginTable]: {
    readonly [K in CoreColumnName<T>]: K extends keyof CoreColumns[T] ? TypeOf<CoreColumns[T][K]> : never;
  };
};

/** Columns of the core tables as hooks see them, with their types; the compiler holds it against the contract. */
export const CORE_COLUMNS: CoreColumnTypes = {
  images: {
    index: 'i32',
    byte_offset: 'f64',
    id: 'i64',
    id_text: 'utf8',
    file_name: 'utf8',
    width: 'i32',
    height: 'i32',
    license: 'i64',
    coco_url: 'utf8',
    flickr_url: 'utf8',
    date_captured: 'utf8',
    extra: 'json',
  },
  annotations: {
    index: 'i32',
    byte_offset: 'f64',
    id: 'i64',
    id_text: 'utf8',
    image_id: 'i64',
    image_id_text: 'utf8',
    category_id: 'i64',
    category_id_text: 'utf8',
    bbox_x: 'f64',
    bbox_y: 'f64',
    bbox_w: 'f64',
    bbox_h: 'f64',
    area: 'f64',
    iscrowd: 'bool',
    polygons: 'f64[][]',
    rle: 'json',
    keypoints: 'f64[]',
    num_keypoints: 'i32',
    caption: 'utf8',
    score: 'f64',
    segments_info: 'json',
    extra: 'json',
  },
  categories: {
    index: 'i32',
    byte_offset: 'f64',
    id: 'i64',
    id_text: 'utf8',
    name: 'utf8',
    supercategory: 'utf8',
    keypoints: 'json',
    skeleton: 'json',
    extra: 'json',
  },
};

/** The place of a record in its source is never rewritten. */
const PLACE: readonly string[] = ['index', 'byte_offset'];

/** Types whose values a plugin may replace: see `RewritableType` of the contract. */
const REWRITABLE: readonly ColumnType[] = ['f64', 'i32', 'i64', 'bool', 'utf8'];

export function coreColumnNames(table: PluginTable): string[] {
  return Object.keys(CORE_COLUMNS[table]);
}

/** Core columns that a plugin may list in `rewrites`. */
export function rewritableNames(table: PluginTable): string[] {
  const types: Readonly<Record<string, ColumnType>> = CORE_COLUMNS[table];
  return Object.entries(types).flatMap(([name, type]) =>
    REWRITABLE.includes(type) && !PLACE.includes(name) ? [name] : [],
  );
}
