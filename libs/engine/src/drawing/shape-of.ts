import { decodeMask, fromCoco } from '@datavis/ingest-coco/rle';
import type { CocoRle } from '@datavis/ingest-coco/rle';
import type { SqlRow } from '@datavis/plugin-sdk';
import type { OverlayMask, OverlayShape } from '@datavis/thumbs/overlay';

/** Largest mask that is decoded for drawing, in pixels. */
const MAX_MASK_PIXELS = 1e8;

/** Lines between keypoints, as pairs of numbers from 1, by the row key of the category (decimal text). */
export type Skeletons = ReadonlyMap<string, readonly (readonly number[])[]>;

/** Skeletons of a dataset, from its rows of categories. What is no list of pairs is left out. */
export function skeletonsOf(categories: readonly SqlRow[]): Skeletons {
  const skeletons = new Map<string, readonly (readonly number[])[]>();
  for (const { category_key: key, skeleton } of categories) {
    const lines = jsonOf(skeleton);
    if (Array.isArray(lines) && lines.every(isPair)) skeletons.set(String(key), lines);
  }
  return skeletons;
}

function isPair(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.length === 2 && value.every((one) => typeof one === 'number');
}

/**
 * What is drawn of the annotations of an image. The same object may stand in several files, as COCO's people do in
 * instances and keypoints: of the second one only what the first has not is drawn.
 */
export function shapesOf(rows: readonly SqlRow[], skeletons: Skeletons): OverlayShape[] {
  const outlined = new Map<string, boolean>();
  return rows.map((row) => {
    const shape = shapeOf(row, skeletons);
    const { category, box, polygons, keypoints, skeleton } = shape;
    if (box === undefined) return shape;
    const object = JSON.stringify([category, ...box]);
    const isOutlined = outlined.get(object);
    outlined.set(object, isOutlined === true || polygons !== undefined);
    if (isOutlined === undefined) return shape;
    return {
      label: '',
      ...(category !== undefined && { category }),
      ...(polygons !== undefined && !isOutlined && { polygons }),
      ...(keypoints !== undefined && { keypoints }),
      ...(skeleton !== undefined && { skeleton }),
    };
  });
}

/** What is drawn of a row of annotations. Boxes that were derived are not: the outline shows them. */
export function shapeOf(row: SqlRow, skeletons: Skeletons): OverlayShape {
  const box = ['bbox_x', 'bbox_y', 'bbox_w', 'bbox_h'].map((name) => row[name]);
  const { category, polygons, keypoints } = row;
  const rle = jsonOf(row['rle']);
  const skeleton = skeletons.get(String(row['category_key']));
  return {
    ...(typeof category === 'string' && { category }),
    ...(box.every((side) => typeof side === 'number') && { box }),
    ...(isList(polygons) && {
      polygons: Array.from(polygons, (part) => (isList(part) ? Array.from(part, Number) : [])),
    }),
    ...(isList(keypoints) && { keypoints: Array.from(keypoints, Number) }),
    ...(rle !== undefined && { rle }),
    ...(skeleton !== undefined && { skeleton }),
  };
}

/** A mask that is not well-formed is a finding of the import, and nothing to draw. */
export function decodeRle(rle: unknown): OverlayMask | undefined {
  try {
    const { height, width, counts } = fromCoco(rle as CocoRle);
    return { data: decodeMask({ height, width, counts }, MAX_MASK_PIXELS), widthPx: width, heightPx: height };
  } catch {
    return undefined;
  }
}

function isList(value: unknown): value is ArrayLike<unknown> {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));
}

/** Undefined for what is no JSON text. */
function jsonOf(value: unknown): unknown {
  if (typeof value !== 'string') return undefined;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return undefined;
  }
}
