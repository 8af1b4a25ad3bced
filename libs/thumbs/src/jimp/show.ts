import type { ImageHeader, ThumbnailOptions } from '@datavis/plugin-sdk';
import { swapsSides } from '../header/exif.js';
import { cropBitmap, type Fit, fitInto, flattenBitmap, resizeBitmap, type Size, turnUpright } from './geometry.js';
import type { Bitmap } from './jpeg/decode.js';

/** What decides which pixels a thumbnail has, before it is encoded. */
export interface ShowOptions extends Pick<ThumbnailOptions, 'widthPx' | 'heightPx' | 'fit' | 'upright'> {
  readonly background?: string | undefined;
}

/** What a picture is brought to: as it is shown, and the same as its pixels are stored. */
export function fitPicture(header: ImageHeader, options: ShowOptions): Fit & { readonly stored: Size } {
  const { widthPx: width, heightPx: height } = header;
  const turned = options.upright && swapsSides(header.orientation);
  const fit = fitInto(turned ? { width: height, height: width } : { width, height }, options);
  const { resized } = fit;
  return { ...fit, stored: turned ? { width: resized.height, height: resized.width } : resized };
}

/**
 * A picture as options want it: shrunk, then turned, so that only what is small is ever turned, then cropped and laid on
 * its background.
 *
 * @param decode Gives the pixels as stored, at the size that it is told or larger.
 */
export async function showPicture(
  header: ImageHeader,
  options: ShowOptions,
  decode: (size: Size) => Bitmap | Promise<Bitmap>,
): Promise<Bitmap> {
  const { stored, shown } = fitPicture(header, options);
  const small = resizeBitmap(await decode(stored), stored);
  const cropped = cropBitmap(turnUpright(small, options.upright ? header.orientation : 1), shown);
  return options.background === undefined ? cropped : flattenBitmap(cropped, options.background);
}
