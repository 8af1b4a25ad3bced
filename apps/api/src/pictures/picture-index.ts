import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { MediaFile, MediaRef } from '@datavis/engine';
import type { MediaPort } from '../ports.js';
import { sniffType } from './sniff.js';
import { createBatcher } from './batcher.js';

/** Most images whose place is kept in memory; about 300 bytes each. */
const MAX_ROWS = 200_000;
const MAX_PICTURES = 50_000;

/** A picture whose version was seen a moment ago. */
export interface FreshPicture {
  readonly picture: MediaFile;
  /** Short name of the version, for URLs that may be cached for ever. */
  readonly tag: string;
  /** Keys of thumbnails by what was asked, so that a repeated request hashes nothing. */
  readonly keys: Map<string, string>;
  /** Asked for by originals only. */
  contentType: Promise<string> | undefined;
}

/**
 * Where the picture of an image lies, from memory: a point look-up in a column store costs half a millisecond, a map
 * half a microsecond. The place is remembered until the catalog changes, the version only for `freshnessMs`.
 */
export interface PictureIndex {
  /** The picture, if it is known and fresh: the way of warm requests, without a promise. */
  peek(dataset: string, imageKey: string): FreshPicture | undefined;
  /** The picture; undefined where the dataset has no such image, or its file is missing. */
  find(dataset: string, imageKey: string): Promise<FreshPicture | undefined>;
  /** Type of a picture by its first bytes, read once while it is fresh. */
  contentType(found: FreshPicture): Promise<string>;
  /** Forgets all places: after an import. */
  clear(): void;
}

export function createPictureIndex(media: MediaPort, freshnessMs: number): PictureIndex {
  const rows = new LRUCache<string, MediaRef>({ max: MAX_ROWS });
  const fresh = new LRUCache<string, FreshPicture>({
    max: MAX_PICTURES,
    ttl: Math.max(1, freshnessMs),
    // The clock is read this often instead of once a millisecond.
    ttlResolution: Math.min(100, freshnessMs),
  });
  const batchers = new Map<string, ReturnType<typeof createBatcher<string, MediaRef>>>();

  function batcher(dataset: string): ReturnType<typeof createBatcher<string, MediaRef>> {
    let found = batchers.get(dataset);
    if (found === undefined) {
      found = createBatcher((keys) => media.locate(dataset, keys));
      if (batchers.size > 1000) batchers.clear();
      batchers.set(dataset, found);
    }
    return found;
  }

  return {
    peek: (dataset, imageKey) => fresh.get(indexKey(dataset, imageKey)),
    async find(dataset, imageKey) {
      const key = indexKey(dataset, imageKey);
      const known = fresh.get(key);
      if (known !== undefined) return known;
      const row = rows.get(key) ?? (await batcher(dataset).load(imageKey));
      if (row === undefined) return undefined;
      rows.set(key, row);
      const picture = await media.open(row);
      if (picture === undefined) return undefined;
      const found = {
        picture,
        tag: versionTag(picture.identity),
        keys: new Map<string, string>(),
        contentType: undefined,
      };
      fresh.set(key, found);
      return found;
    },
    contentType: (found) => (found.contentType ??= sniffType(found.picture)),
    clear() {
      rows.clear();
      fresh.clear();
    },
  };
}

function indexKey(dataset: string, imageKey: string): string {
  return `${imageKey}/${dataset}`;
}

/** Twelve characters that change with the picture's version. */
export function versionTag(identity: string): string {
  return createHash('sha256').update(identity).digest('base64url').slice(0, 12);
}
