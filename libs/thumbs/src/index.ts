export { isPictureError, ThumbsError } from './errors.js';
export type { ThumbsErrorCode } from './errors.js';
export { HEAD_BYTES, probeImage, readHeader } from './header/probe.js';
export type { HeaderProbe } from './header/probe.js';
export { swapsSides } from './header/exif.js';
export { loadThumbnailEngine } from './load-engine.js';
export type { LoadThumbnailEngineOptions } from './load-engine.js';
export { thumbnailKey } from './key.js';
export { DEFAULT_LIMITS } from './limits.js';
export type { ThumbnailLimits } from './limits.js';
export { DEFAULT_THUMBNAIL, MAX_SIDE_PX, thumbnailOptions } from './options.js';
export type { ThumbnailCache } from './cache.js';
export { OVERLAY_VERSION } from './overlay/version.js';
export { createThumbnailer, Thumbnailer } from './service/thumbnailer.js';
export type {
  ServedThumbnail,
  ThumbnailCall,
  ThumbnailerDeps,
  ThumbnailerOptions,
  ThumbnailerStats,
} from './service/thumbnailer.js';
export type { RenderPriority } from './service/render-queue.js';
export { objectSource } from './service/source.js';
export type { ThumbnailSource } from './service/source.js';
