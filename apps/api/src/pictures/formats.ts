import type { ThumbnailFormat } from '@datavis/plugin-sdk';
import { ApiError } from '../errors.js';
import { negotiate } from '../http/accept.js';

/** Formats of thumbnails, the one that is given where a client takes any of them first. */
export const formatsByLiking: readonly ThumbnailFormat[] = ['webp', 'jpeg', 'avif', 'png'];

/** Those of them that an engine can make. */
export function offeredFormats(formats: readonly ThumbnailFormat[]): readonly ThumbnailFormat[] {
  return formatsByLiking.filter((format) => formats.includes(format));
}

/**
 * The format for an Accept header, or that which was named.
 *
 * @throws `DATAVIS_API_NOT_ACCEPTABLE`
 */
export function chooseFormat<F extends ThumbnailFormat>(
  accept: string | undefined,
  offers: readonly F[],
  named?: ThumbnailFormat,
): F {
  const type = named === undefined ? negotiate(accept, offers.map(mediaType)) : mediaType(named);
  const format = offers.find((offer) => mediaType(offer) === type);
  if (format !== undefined) return format;
  throw new ApiError('DATAVIS_API_NOT_ACCEPTABLE', 'There is no picture of a type that the request takes', {
    hint: `There are ${offers.map(mediaType).join(', ')}.`,
  });
}

function mediaType(format: ThumbnailFormat): string {
  return `image/${format}`;
}
