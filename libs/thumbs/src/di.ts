import { ThumbnailEngineToken, token } from '@datavis/plugin-sdk';
import type { Registrar, Token } from '@datavis/plugin-sdk';
import { createDiskCache } from './disk-cache/index.js';
import type { DiskCacheOptions } from './disk-cache/index.js';
import { createThumbnailer } from './service/thumbnailer.js';
import type { Thumbnailer, ThumbnailerOptions } from './service/thumbnailer.js';

/** Thumbnails through both levels of cache. Close it with the application. */
export const ThumbnailerToken: Token<Thumbnailer> = token('@datavis/thumbs/Thumbnailer');

export interface RegisterThumbsOptions extends ThumbnailerOptions {
  /** Where thumbnails are kept, and how many bytes of them. */
  readonly cache: DiskCacheOptions;
}

/** Registers the thumbnailer; it needs `ThumbnailEngineToken`. */
export function registerThumbs(registrar: Registrar, { cache, ...options }: RegisterThumbsOptions): void {
  registrar.register(ThumbnailerToken, (from) =>
    createThumbnailer({ engine: from.resolve(ThumbnailEngineToken), cache: createDiskCache(cache) }, options),
  );
}
