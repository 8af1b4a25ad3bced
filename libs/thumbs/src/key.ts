import { createHash } from 'node:crypto';
import type { ThumbnailOptions } from '@datavis/plugin-sdk';

/** Version of this package's rendering: raise it when the same options begin to give other pixels. */
const RENDER_VERSION = 1;

/** Bytes of a key; in text it has two hexadecimal digits a byte. */
export const KEY_BYTES = 16;

/**
 * The cache key of a thumbnail, as 32 hexadecimal digits: what the picture is, what is asked of it, who makes it. Equal
 * keys mean equal bytes, so the key serves as an ETag before any work is done.
 *
 * @param identity Changes whenever the picture's bytes may have changed: URI and generation, or mtime and size, or a hash.
 */
export function thumbnailKey(identity: string, options: ThumbnailOptions, engineFingerprint: string): string {
  const { widthPx, heightPx, fit, format, quality, upright, background = '' } = options;
  const asked = [widthPx, heightPx, fit, format, quality, upright ? 1 : 0, background.toLowerCase()].join(' ');
  return createHash('sha256')
    .update(`${RENDER_VERSION}\0${engineFingerprint}\0${asked}\0${identity}`)
    .digest('hex')
    .slice(0, KEY_BYTES * 2);
}
