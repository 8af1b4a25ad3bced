import type { SqlRow } from '@datavis/plugin-sdk';
import { versionTag } from '../pictures/picture-index.js';
import type { DuplicateReport } from '@datavis/engine';
import type { Duplicates } from '../schemas/duplicates.js';
import type { Annotation, Category, Dataset, Finding, Image } from '../schemas/resources.js';
import {
  exactInteger,
  jsonOrNull,
  keyText,
  listsOrNull,
  numberOrNull,
  numbersOrNull,
  sourceId,
  textOrNull,
} from './values.js';

/** Base URL of an image. */
export function imageUrl(dataset: string, imageKey: string): string {
  return `/v1/datasets/${encodeURIComponent(dataset)}/images/${imageKey}`;
}

export function imageItem(dataset: string, row: SqlRow): Image {
  const key = keyText(row['image_key']) ?? '';
  const self = imageUrl(dataset, key);
  const uri = textOrNull(row['media_uri']);
  const version = textOrNull(row['media_version']);
  // The identity that a stat of the same version gives, so that the URL hits what is cached for ever.
  const tag = uri !== null && version !== null ? `?v=${versionTag(`${uri}@${version}`)}` : '';
  return {
    key,
    split: textOrNull(row['split']),
    id: sourceId(row['id'], row['id_text']),
    file_name: textOrNull(row['file_name']),
    width: numberOrNull(row['width']),
    height: numberOrNull(row['height']),
    license: numberOrNull(row['license']),
    coco_url: textOrNull(row['coco_url']),
    flickr_url: textOrNull(row['flickr_url']),
    date_captured: textOrNull(row['date_captured']),
    extra: jsonOrNull(row['extra']),
    media: {
      state: textOrNull(row['media_state']) ?? 'unknown',
      sizeBytes: numberOrNull(row['media_size']),
      storedWidth: numberOrNull(row['stored_width']),
      storedHeight: numberOrNull(row['stored_height']),
      orientation: numberOrNull(row['orientation']),
    },
    urls: { self, media: `${self}/media`, thumbnail: `${self}/thumbnail${tag}` },
    ...pluginValues(row),
  };
}

/** Values of plugins by namespace, as JSON can say them. */
function pluginValues(row: SqlRow): Pick<Image, 'plugins'> {
  const plugins = row['plugins'] as Readonly<Record<string, SqlRow>> | undefined;
  if (plugins === undefined) return {};
  const say = (value: unknown): unknown => (typeof value === 'bigint' ? exactInteger(value) : value);
  const spoken = (columns: SqlRow): Record<string, unknown> =>
    Object.fromEntries(Object.entries(columns).map(([name, value]) => [name, say(value)]));
  return { plugins: Object.fromEntries(Object.entries(plugins).map(([name, columns]) => [name, spoken(columns)])) };
}

export function annotationItem(row: SqlRow): Annotation {
  const box = ['bbox_x', 'bbox_y', 'bbox_w', 'bbox_h'].map((name) => numberOrNull(row[name]));
  return {
    key: keyText(row['annotation_key']) ?? '',
    imageKey: keyText(row['image_key']),
    categoryKey: keyText(row['category_key']),
    category: textOrNull(row['category']),
    id: sourceId(row['id'], row['id_text']),
    image_id: sourceId(row['image_id'], row['image_id_text']),
    category_id: sourceId(row['category_id'], row['category_id_text']),
    bbox: box.every((side) => side !== null) ? box : null,
    area: numberOrNull(row['area']),
    iscrowd: typeof row['iscrowd'] === 'boolean' ? row['iscrowd'] : null,
    segmentation: listsOrNull(row['polygons']) ?? jsonOrNull(row['rle']),
    keypoints: numbersOrNull(row['keypoints']),
    num_keypoints: numberOrNull(row['num_keypoints']),
    caption: textOrNull(row['caption']),
    score: numberOrNull(row['score']),
    segments_info: jsonOrNull(row['segments_info']),
    extra: jsonOrNull(row['extra']),
    ...pluginValues(row),
  };
}

export function categoryItem(row: SqlRow): Category {
  return {
    key: keyText(row['category_key']) ?? '',
    id: sourceId(row['id'], row['id_text']),
    name: textOrNull(row['name']),
    supercategory: textOrNull(row['supercategory']),
    keypoints: jsonOrNull(row['keypoints']),
    skeleton: jsonOrNull(row['skeleton']),
    extra: jsonOrNull(row['extra']),
  };
}

export function findingItem(row: SqlRow): Finding {
  return {
    code: textOrNull(row['code']) ?? '',
    severity: textOrNull(row['severity']) ?? '',
    message: textOrNull(row['message']) ?? '',
    source: textOrNull(row['source']),
    section: textOrNull(row['section']),
    index: numberOrNull(row['idx']),
    byteOffset: exactNumber(row['byte_offset']),
    id: textOrNull(row['record_id']),
    sample: textOrNull(row['sample']),
  };
}

function exactNumber(value: unknown): number | null {
  const exact = exactInteger(value);
  return typeof exact === 'number' ? exact : null;
}

export function datasetItem(row: SqlRow): Dataset {
  const count = (name: string): number => numberOrNull(row[name]) ?? 0;
  const { splits, created_at: createdAt } = row;
  return {
    name: textOrNull(row['name']) ?? '',
    rootUri: textOrNull(row['root_uri']),
    createdAt: createdAt instanceof Date ? createdAt.toISOString() : String(createdAt),
    splits: Array.isArray(splits) ? splits.filter((split) => typeof split === 'string') : [],
    counts: { images: count('images'), annotations: count('annotations'), categories: count('categories') },
  };
}

export function duplicatesItem({ groups, ...report }: DuplicateReport, limit: number): Duplicates {
  return {
    ...report,
    leaks: { ...report.leaks },
    groupsTotal: groups.length,
    groups: groups.slice(0, limit).map(({ contentHash, leaks, images }) => ({
      contentHash,
      leaks,
      images: images.map(({ imageKey, fileName, split }) => ({
        key: imageKey.toString(),
        file_name: fileName,
        split,
      })),
    })),
  };
}
