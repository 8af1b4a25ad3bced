import type { ImageHeader } from '@datavis/plugin-sdk';
import { ThumbsError } from './errors.js';

/** What a picture may cost before it is refused. */
export interface ThumbnailLimits {
  /** Pixels by the header (width x height), checked before anything is decoded. Default 100,000,000. */
  readonly maxPixels: number;
  /** Size of the file. Default 128 MiB. */
  readonly maxInputBytes: number;
  /** Frames or pages; only the first is shown, but decoders may walk them all. Default 1,000. */
  readonly maxFrames: number;
  /** Reading the source and rendering, in ms, without the time in the queue. Default 20,000. */
  readonly timeoutMs: number;
}

export const DEFAULT_LIMITS: ThumbnailLimits = Object.freeze({
  maxPixels: 100_000_000,
  maxInputBytes: 128 * 1024 * 1024,
  maxFrames: 1000,
  timeoutMs: 20_000,
});

/** @throws `DATAVIS_THUMBS_TOO_LARGE` when a header promises more than the limits allow. */
export function checkHeader(header: ImageHeader, limits: Pick<ThumbnailLimits, 'maxPixels' | 'maxFrames'>): void {
  const { widthPx, heightPx, frames } = header;
  if (widthPx * heightPx > limits.maxPixels) {
    tooLarge(`${widthPx} x ${heightPx} pixels, more than ${limits.maxPixels}`, 'maxPixels');
  }
  if (frames > limits.maxFrames) tooLarge(`${frames} frames, more than ${limits.maxFrames}`, 'maxFrames');
}

/** @throws `DATAVIS_THUMBS_TOO_LARGE` when the file has more bytes than the limits allow. */
export function checkInputBytes(bytes: number, limits: Pick<ThumbnailLimits, 'maxInputBytes'>): void {
  if (bytes > limits.maxInputBytes) {
    tooLarge(`${bytes} bytes or more, over the limit of ${limits.maxInputBytes}`, 'maxInputBytes');
  }
}

function tooLarge(what: string, limit: keyof ThumbnailLimits): never {
  throw new ThumbsError('DATAVIS_THUMBS_TOO_LARGE', `The picture has ${what}`, {
    hint: `Raise ${limit} if the memory and time it takes are acceptable.`,
  });
}
