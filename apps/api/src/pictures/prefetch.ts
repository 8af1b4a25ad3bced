import pLimit from 'p-limit';
import type { ThumbnailPort } from '../ports.js';
import { offeredFormats } from './formats.js';
import type { PictureIndex } from './picture-index.js';

/** Thumbnails made ahead at once: the queue of the thumbnailer stays free for those that somebody waits for. */
const AT_ONCE = 8;
/** Two of the largest pages. What is asked for beyond is made when it is asked for. */
const MAX_WAITING = 2000;

export interface PrefetchDeps {
  readonly pictures: PictureIndex;
  readonly thumbnails: ThumbnailPort;
  /** Ends the work. */
  readonly closing: AbortSignal;
}

/** Makes the thumbnails of a page's images, as a browser will ask for them, behind all that somebody waits for. */
export type Prefetch = (dataset: string, imageKeys: readonly string[], sizePx: number) => void;

export function createPrefetch({ pictures, thumbnails, closing }: PrefetchDeps): Prefetch {
  const limit = pLimit(AT_ONCE);
  const [format = 'webp'] = offeredFormats(thumbnails.formats);

  async function make(dataset: string, imageKey: string, sizePx: number): Promise<void> {
    closing.throwIfAborted();
    const found = await pictures.find(dataset, imageKey);
    if (found === undefined) return;
    const options = { widthPx: sizePx, heightPx: sizePx, fit: 'inside', format, upright: true } as const;
    await thumbnails.get(found.picture, options, { signal: closing, priority: 'backfill' });
  }

  return (dataset, imageKeys, sizePx) => {
    for (const imageKey of imageKeys.slice(0, Math.max(0, MAX_WAITING - limit.pendingCount))) {
      // Whoever asks for the thumbnail is told why there is none.
      limit(make, dataset, imageKey, sizePx).catch(() => undefined);
    }
  };
}
