import { Type } from 'typebox';

export const DatasetParam = Type.String({ minLength: 1, maxLength: 200, description: 'Name of the dataset' });

/** Row keys are 64-bit integers: in JSON and URLs they are decimal text, so that no client rounds them. */
export const KeyParam = Type.String({ pattern: '^[0-9]{1,18}$', description: 'Row key, as decimal text' });

export const SnapshotNameParam = Type.String({
  pattern: '^[A-Za-z0-9_-][A-Za-z0-9_.-]{0,99}$',
  description: 'Name of the snapshot: letters, digits, `.`, `_`, `-`',
});

export const DatasetParams = Type.Object({ dataset: DatasetParam });
export const ImageParams = Type.Object({ dataset: DatasetParam, image: KeyParam });

/** Longest sides that thumbnails come in. A ladder, because every other size would be one more picture to make and keep. */
export const THUMBNAIL_SIZES = [64, 128, 256, 512, 1024] as const;
export type ThumbnailSize = (typeof THUMBNAIL_SIZES)[number];
export const SizeParam = Type.Unsafe<ThumbnailSize>({
  type: 'integer',
  enum: [...THUMBNAIL_SIZES],
  default: 256,
  description: 'Longest side in pixels',
});
