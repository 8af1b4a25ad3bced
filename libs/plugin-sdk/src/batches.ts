import type { BoolColumn, Float64Column, Float64ListColumn, Float64ListListColumn } from './columns.js';
import type { Int32Column, Int64Column, JsonColumn, Utf8Column } from './columns.js';
import type { CocoCursor } from './cursor.js';
import type { Finding } from './findings.js';

/**
 * How a COCO record becomes columns, without loss:
 *
 * - A hot key (a column below) whose value has its canonical form goes into its column and nowhere else.
 * - A hot key whose value has another form (a string for a number, five numbers for a box, `null`, `true` for
 *   `iscrowd`) is kept as found in `extra`; its column holds what could be understood, or no value.
 * - Every other key is kept as found in `extra`.
 *
 * So a record is put together again by one rule: a key that is in `extra` is written from there, else its column is
 * written if it has a value. `extra` is one JSON object; it has no value where nothing is left over. A bare `NaN`,
 * `Infinity` or `-Infinity` (Python) is `null` in `extra`, and a finding says so.
 */

/** Columns that every table has: the place of the record in its source. */
export interface PlaceColumns {
  /** Index of the element in its section, from 0. Counts refused elements too, so it may have gaps. */
  readonly index: Int32Column;
  /** Byte offset of the record's first byte in the source. */
  readonly byte_offset: Float64Column;
  /** The key, where the section is an object keyed by id instead of an array. Absent for arrays. */
  readonly key?: Utf8Column;
}

/** Canonical id: an integer that fits 64 bits goes to `id`; a string goes to `id_text`; anything else to `extra`. */
export interface ImageColumns extends PlaceColumns {
  readonly id: Int64Column;
  readonly id_text: Utf8Column;
  readonly file_name: Utf8Column;
  /** Declared size in pixels. */
  readonly width: Int32Column;
  readonly height: Int32Column;
  readonly license: Int64Column;
  readonly coco_url: Utf8Column;
  readonly flickr_url: Utf8Column;
  readonly date_captured: Utf8Column;
  readonly extra: JsonColumn;
}

/** Records of `annotations`: boxes, masks, keypoints, captions, scores. Ids as in {@link ImageColumns}. */
export interface AnnotationColumns extends PlaceColumns {
  readonly id: Int64Column;
  readonly id_text: Utf8Column;
  readonly image_id: Int64Column;
  readonly image_id_text: Utf8Column;
  readonly category_id: Int64Column;
  readonly category_id_text: Utf8Column;
  /** Box in pixels, from the left upper corner, never rounded. Canonical: an array of exactly four finite numbers. */
  readonly bbox_x: Float64Column;
  readonly bbox_y: Float64Column;
  readonly bbox_w: Float64Column;
  readonly bbox_h: Float64Column;
  readonly area: Float64Column;
  /** Canonical: the integer 0 or 1. */
  readonly iscrowd: BoolColumn;
  /** `segmentation` as polygons. Canonical: an array (also empty) of arrays (also empty) of finite numbers. */
  readonly polygons: Float64ListListColumn;
  /** `segmentation` as run-length encoding: the JSON object as found, with `counts` (list or string) and `size`. */
  readonly rle: JsonColumn;
  readonly keypoints: Float64ListColumn;
  readonly num_keypoints: Int32Column;
  readonly caption: Utf8Column;
  /** Confidence of a prediction. */
  readonly score: Float64Column;
  /** Panoptic segments: the JSON array as found. */
  readonly segments_info: JsonColumn;
  readonly extra: JsonColumn;
}

/** Records of `categories`. Ids as in {@link ImageColumns}. */
export interface CategoryColumns extends PlaceColumns {
  readonly id: Int64Column;
  readonly id_text: Utf8Column;
  readonly name: Utf8Column;
  readonly supercategory: Utf8Column;
  /** Names of the keypoints: the JSON array as found. */
  readonly keypoints: JsonColumn;
  /** Pairs of keypoint numbers, from 1: the JSON array as found. */
  readonly skeleton: JsonColumn;
  readonly extra: JsonColumn;
}

/** Elements of every other section (`licenses`, `videos`, `tracks`, …), kept as found. */
export interface RecordColumns extends PlaceColumns {
  readonly json: JsonColumn;
}

/** The columns of every table, by its name. */
export interface TableColumns {
  images: ImageColumns;
  annotations: AnnotationColumns;
  categories: CategoryColumns;
  records: RecordColumns;
}
/** The tables that a COCO file is read into; `records` holds elements of all other sections. */
export type TableName = keyof TableColumns;

/** Up to {@link MAX_BATCH_ROWS} rows of one section, in source order. */
export interface TableBatch<T extends TableName> {
  readonly table: T;
  /** Top-level key the rows come from; `''` where the file's root is itself the list (results files). */
  readonly section: string;
  readonly length: number;
  readonly columns: TableColumns[T];
  /** What was noticed in these rows and in records refused between them. Bounded: see {@link CocoCursor}. */
  readonly findings: readonly Finding[];
  /** Where to go on after the last row of this batch. Commit it together with the rows. */
  readonly cursor: CocoCursor;
}

/** A batch of any table, told apart by `table`. */
export type CocoBatch = { readonly [T in TableName]: TableBatch<T> }[TableName];
