import type { CocoCursor, Column, PluginTable, TableBatch } from '@datavis/plugin-sdk';
import { makeCarrier } from './output-carriers.js';
import { encodeColumn } from './output-columns.js';

/** Column types of the core tables, for batches made in tests. */
const TYPES = {
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
    extra: 'utf8',
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
    rle: 'utf8',
    keypoints: 'f64[]',
    num_keypoints: 'i32',
    caption: 'utf8',
    score: 'f64',
    segments_info: 'utf8',
    extra: 'utf8',
  },
  categories: {
    index: 'i32',
    byte_offset: 'f64',
    id: 'i64',
    id_text: 'utf8',
    name: 'utf8',
    supercategory: 'utf8',
    keypoints: 'utf8',
    skeleton: 'utf8',
    extra: 'utf8',
  },
} as const;

const JSON_COLUMNS = new Set(['extra', 'rle', 'segments_info', 'skeleton']);

export type FixtureRow = Readonly<Record<string, unknown>>;

/** A batch from plain rows (`undefined` = no value); `index` defaults to the row's number. */
export function batchOf<T extends PluginTable>(
  table: T,
  rows: readonly FixtureRow[],
  firstIndex = 0,
): TableBatch<T> {
  const columns: Record<string, Column> = {};
  for (const [name, type] of Object.entries(TYPES[table])) {
    const carrier = makeCarrier({ type }, rows.length);
    const nulls = new Set<number>();
    rows.forEach((row, index) => {
      const place = { index: firstIndex + index, byte_offset: (firstIndex + index) * 100 };
      const value = name in place ? place[name as keyof typeof place] : row[name];
      if (value === undefined || value === null) nulls.add(index);
      else (carrier as unknown[])[index] = type === 'i64' ? BigInt(value as number) : value;
    });
    const column = encodeColumn({ type }, carrier, rows.length, nulls);
    const isJson = JSON_COLUMNS.has(name) || (table === 'categories' && name === 'keypoints');
    columns[name] = isJson ? ({ ...column, type: 'json' } as Column) : column;
  }
  const cursor: CocoCursor = {
    version: 1,
    kind: 'dataset',
    byteOffset: (firstIndex + rows.length) * 100,
    section: table,
    index: firstIndex + rows.length,
    sections: [
      {
        name: table,
        form: 'array',
        read: firstIndex + rows.length,
        imported: firstIndex + rows.length,
        refused: 0,
      },
    ],
    findingCounts: {},
    done: false,
  };
  return {
    table,
    section: table,
    length: rows.length,
    columns: columns as unknown as TableBatch<T>['columns'],
    findings: [],
    cursor,
  };
}
