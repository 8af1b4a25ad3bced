import type { ThumbnailFormat } from '@datavis/plugin-sdk';

/** Formats of thumbnails, the one that is given where a client takes any of them first. */
export const formatsByLiking: readonly ThumbnailFormat[] = ['webp', 'jpeg', 'avif', 'png'];

/** Those of them that an engine can make. */
export function offeredFormats(formats: readonly ThumbnailFormat[]): readonly ThumbnailFormat[] {
  return formatsByLiking.filter((format) => formats.includes(format));
}
