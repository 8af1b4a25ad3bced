// Answers of the API as rows of the catalog, so that a command prints the same whether it asks the file or a server.
// The API leaves out places in the source file (idx, byte_offset).
import type { components } from '@datavis/client';
import type { SqlRow } from '@datavis/plugin-sdk';

type Schemas = components['schemas'];

/** Integers that JSON readers would round are decimal text in the API; all other text is an id that is text. */
function idColumns(name: string, value: number | string | null): SqlRow {
  const isInteger = typeof value === 'number' || (value !== null && /^-?\d{16,19}$/.test(value));
  return { [name]: isInteger ? BigInt(value) : null, [`${name}_text`]: isInteger ? null : value };
}

function jsonText(value: unknown): string | null {
  return value === null || value === undefined ? null : JSON.stringify(value);
}

function keyOf(value: string | null): bigint | null {
  return value === null ? null : BigInt(value);
}

export function datasetRow({ name, rootUri, createdAt, splits, counts }: Schemas['Dataset']): SqlRow {
  return { name, root_uri: rootUri, created_at: createdAt, splits, ...counts };
}

export function imageRow(item: Schemas['Image']): SqlRow {
  const { key, id, split, extra, media, plugins } = item;
  const { file_name, width, height, license, coco_url, flickr_url, date_captured } = item;
  return {
    image_key: BigInt(key),
    ...idColumns('id', id),
    file_name,
    split,
    width,
    height,
    license,
    coco_url,
    flickr_url,
    date_captured,
    extra: jsonText(extra),
    media_state: media.state,
    media_size: media.sizeBytes,
    stored_width: media.storedWidth,
    stored_height: media.storedHeight,
    orientation: media.orientation,
    ...(plugins !== undefined && { plugins }),
  };
}

export function annotationRow(item: Schemas['Annotation']): SqlRow {
  const { key, imageKey, categoryKey, category, bbox, segmentation, extra, plugins, segments_info } = item;
  const { area, iscrowd, keypoints, num_keypoints, caption, score } = item;
  const [x = null, y = null, width = null, height = null] = bbox ?? [];
  const isPolygons = Array.isArray(segmentation);
  return {
    annotation_key: BigInt(key),
    image_key: keyOf(imageKey),
    category_key: keyOf(categoryKey),
    category,
    ...idColumns('id', item.id),
    ...idColumns('image_id', item.image_id),
    ...idColumns('category_id', item.category_id),
    bbox_x: x,
    bbox_y: y,
    bbox_w: width,
    bbox_h: height,
    area,
    iscrowd,
    polygons: isPolygons ? segmentation : null,
    rle: isPolygons ? null : jsonText(segmentation),
    keypoints,
    num_keypoints,
    caption,
    score,
    segments_info: jsonText(segments_info),
    extra: jsonText(extra),
    ...(plugins !== undefined && { plugins }),
  };
}
