/**
 * One annotation to draw. Coordinates are pixels of the picture in its full size, in the frame that the thumbnail is shown
 * in: as stored, or turned upright.
 */
export interface OverlayShape {
  /** Shapes of one category have one colour. */
  readonly category?: string;
  /** Text beside the shape. Default: the category; an empty text for none. */
  readonly label?: string;
  /** `[x, y, width, height]` */
  readonly box?: readonly number[];
  /** Flat lists of `x, y`. */
  readonly polygons?: readonly (readonly number[])[];
  /** Run-length encoding as found; drawn by the `decodeRle` that is given. */
  readonly rle?: unknown;
  /** Flat list of `x, y, visibility` (0 not labelled, 1 hidden, 2 visible). */
  readonly keypoints?: readonly number[];
  /** Pairs of keypoint numbers, from 1. */
  readonly skeleton?: readonly (readonly number[])[];
}

/** A decoded mask: one byte a pixel, row after row, 0 or not 0. */
export interface OverlayMask {
  readonly data: Uint8Array;
  readonly widthPx: number;
  readonly heightPx: number;
}
