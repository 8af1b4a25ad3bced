import type { CallOptions } from './object-store.js';

/** File formats of small pictures. */
export type ThumbnailFormat = 'webp' | 'jpeg' | 'png' | 'avif';

/** How the picture fills the box: `inside` keeps all of it (default), `cover` crops, `fill` distorts. */
export type ThumbnailFit = 'inside' | 'cover' | 'fill';

/** How a small picture is made. */
export interface ThumbnailOptions {
  /** Box in pixels, 1 to 4,096. A picture is never enlarged with `inside`. */
  readonly widthPx: number;
  readonly heightPx: number;
  readonly fit: ThumbnailFit;
  readonly format: ThumbnailFormat;
  /** 1 to 100. */
  readonly quality: number;
  /** Turn the picture upright by its EXIF orientation. `false` where annotations refer to the pixels as stored. */
  readonly upright: boolean;
  /** Colour behind transparent pixels, `#rrggbb`; absent keeps transparency where the format has it. */
  readonly background?: string;
}

/** A small picture as a file. */
export interface Thumbnail {
  readonly bytes: Uint8Array;
  readonly contentType: string;
  readonly widthPx: number;
  readonly heightPx: number;
}

/** Pixels of a decoded picture: 8 bit, interleaved. */
export interface DecodedPixels {
  readonly data: Uint8Array;
  readonly channels: 3 | 4;
  readonly widthPx: number;
  readonly heightPx: number;
}

/** What the first bytes of a picture say, without decoding it. */
export interface ImageHeader {
  readonly contentType: string;
  /** As stored, before any EXIF rotation. */
  readonly widthPx: number;
  readonly heightPx: number;
  /** EXIF orientation, 1 to 8; 1 where there is none. */
  readonly orientation: number;
  /** Frames or pages; 1 for a plain picture. */
  readonly frames: number;
}

/**
 * Makes small pictures out of large ones. Callers check the header against their limits first.
 * Errors: `DATAVIS_THUMBS_UNSUPPORTED`, `DATAVIS_THUMBS_CORRUPT`, `DATAVIS_THUMBS_TOO_LARGE`, `DATAVIS_THUMBS_TIMEOUT`.
 */
export interface ThumbnailEngine {
  /** Name and version of the engine and its codecs: part of every cache key. */
  readonly fingerprint: string;
  readonly inputTypes: readonly string[];
  readonly outputFormats: readonly ThumbnailFormat[];
  /** Pictures it works on at once; callers that hand it more make it queue them. */
  readonly concurrency: number;
  render(input: Uint8Array, options: ThumbnailOptions, call?: CallOptions): Promise<Thumbnail>;
  /** RGB(A) pixels no larger than `maxSidePx` on the longer side. */
  decode(input: Uint8Array, maxSidePx: number, upright: boolean, call?: CallOptions): Promise<DecodedPixels>;
  /** Pixels as a file, such as those of {@link ThumbnailEngine.decode} after something was drawn on them. */
  encode(
    pixels: DecodedPixels,
    options: Pick<ThumbnailOptions, 'format' | 'quality'>,
    call?: CallOptions,
  ): Promise<Thumbnail>;
  close(): Promise<void>;
}
