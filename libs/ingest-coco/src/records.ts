import type {
  AnnotationColumns,
  CategoryColumns,
  CocoBatch,
  Column,
  Float64ListColumn,
  Float64ListListColumn,
  ImageColumns,
  Int64Column,
} from '@datavis/plugin-sdk';
import { hasValue, textAt } from '@datavis/plugin-sdk';

/** One element of a section, as the object that it is in the file. */
export interface CocoRecord {
  /** Top-level key; `''` in a results file. */
  readonly section: string;
  /** Index in the section, from 0. */
  readonly index: number;
  /** Byte offset of the record in the file. */
  readonly byteOffset: number;
  /** Key of the record, where the section is an object. */
  readonly key?: string;
  /**
   * What JSON.parse gives, but integers beyond 2^53 are `bigint` (a rounded id would join the wrong record), and Python's
   * NaN and infinities are `null`.
   */
  readonly value: unknown;
}

type Writer = (object: Record<string, unknown>, row: number) => void;

/** The records of a batch as plain objects. */
export function* recordsOf(batch: CocoBatch): Generator<CocoRecord> {
  const write = writerOf(batch);
  const { index, byte_offset: byteOffset, key } = batch.columns;
  for (let row = 0; row < batch.length; row++) {
    yield {
      section: batch.section,
      index: index.values[row] ?? 0,
      byteOffset: byteOffset.values[row] ?? 0,
      ...(key !== undefined && { key: textAt(key, row) ?? '' }),
      value: write(row),
    };
  }
}

function writerOf(batch: CocoBatch): (row: number) => unknown {
  if (batch.table === 'records') {
    const { json } = batch.columns;
    return (row) => JSON.parse(textAt(json, row) ?? 'null') as unknown;
  }
  const writers =
    batch.table === 'images'
      ? imageWriters(batch.columns)
      : batch.table === 'categories'
        ? categoryWriters(batch.columns)
        : annotationWriters(batch.columns);
  const { extra } = batch.columns;
  return (row) => {
    const json = textAt(extra, row);
    const object = (json === null ? {} : JSON.parse(json)) as Record<string, unknown>;
    for (const write of writers) write(object, row);
    return object;
  };
}

/** The rule of the columns: a key that is in `extra` is taken from there, else its column counts if it has a value. */
function key(name: string, column: Column, read: (row: number) => unknown): Writer {
  return (object, row) => {
    if (hasValue(column, row) && !Object.hasOwn(object, name)) object[name] = read(row);
  };
}

function text(name: string, column: ImageColumns['id_text']): Writer {
  return key(name, column, (row) => textAt(column, row));
}
function json(name: string, column: ImageColumns['extra']): Writer {
  return key(name, column, (row) => JSON.parse(textAt(column, row) ?? 'null'));
}
function number(name: string, column: AnnotationColumns['area'] | ImageColumns['width']): Writer {
  return key(name, column, (row) => column.values[row]);
}
function int64(name: string, column: Int64Column): Writer {
  return key(name, column, (row) => {
    const id = column.values[row] ?? 0n;
    const rounded = Number(id);
    return Number.isSafeInteger(rounded) ? rounded : id;
  });
}
function list(name: string, column: Float64ListColumn): Writer {
  return key(name, column, (row) => numbers(column, row));
}
function lists(name: string, column: Float64ListListColumn): Writer {
  const { values, partOffsets, offsets } = column;
  return key(name, column, (row) => {
    const parts: number[][] = [];
    for (let part = offsets[row] ?? 0; part < (offsets[row + 1] ?? 0); part++) {
      parts.push(Array.from(values.subarray(partOffsets[part], partOffsets[part + 1])));
    }
    return parts;
  });
}
function numbers({ values, offsets }: Float64ListColumn, row: number): number[] {
  return Array.from(values.subarray(offsets[row], offsets[row + 1]));
}

function imageWriters(columns: ImageColumns): Writer[] {
  return [
    int64('id', columns.id),
    text('id', columns.id_text),
    text('file_name', columns.file_name),
    number('width', columns.width),
    number('height', columns.height),
    int64('license', columns.license),
    text('coco_url', columns.coco_url),
    text('flickr_url', columns.flickr_url),
    text('date_captured', columns.date_captured),
  ];
}

function categoryWriters(columns: CategoryColumns): Writer[] {
  return [
    int64('id', columns.id),
    text('id', columns.id_text),
    text('name', columns.name),
    text('supercategory', columns.supercategory),
    json('keypoints', columns.keypoints),
    json('skeleton', columns.skeleton),
  ];
}

function annotationWriters(columns: AnnotationColumns): Writer[] {
  const { bbox_x: x, bbox_y: y, bbox_w: w, bbox_h: h, iscrowd } = columns;
  return [
    int64('id', columns.id),
    text('id', columns.id_text),
    int64('image_id', columns.image_id),
    text('image_id', columns.image_id_text),
    int64('category_id', columns.category_id),
    text('category_id', columns.category_id_text),
    key('bbox', x, (row) => [x.values[row], y.values[row], w.values[row], h.values[row]]),
    number('area', columns.area),
    key('iscrowd', iscrowd, (row) => iscrowd.values[row]),
    lists('segmentation', columns.polygons),
    json('segmentation', columns.rle),
    list('keypoints', columns.keypoints),
    number('num_keypoints', columns.num_keypoints),
    text('caption', columns.caption),
    number('score', columns.score),
    json('segments_info', columns.segments_info),
  ];
}
