export { createDiskCache, DiskCache } from './disk-cache.js';
export type { DiskCacheOptions, DiskCacheStats } from './disk-cache.js';
