import type { Thumbnail } from '@datavis/plugin-sdk';

/**
 * A second level behind the thumbnailer's memory: keeps thumbnails under keys of 32 hexadecimal digits. A cache may
 * forget anything at any time, and it never throws: what goes wrong inside is a miss.
 */
export interface ThumbnailCache {
  get(key: string): Thumbnail | undefined | Promise<Thumbnail | undefined>;
  /** The same without waiting, of a cache that can. */
  peek?(key: string): Thumbnail | undefined;
  put(key: string, thumbnail: Thumbnail): void | Promise<void>;
  close(): void | Promise<void>;
}
