import type { FindingSeverity } from '@datavis/plugin-sdk';

/** What a scan of the pictures finds; each code is explained in docs/findings.md. */
export const MEDIA_CODES = {
  'image-missing': 'warning',
  'image-outside-root': 'warning',
  'image-name-ambiguous': 'warning',
  'image-unlisted': 'info',
  'image-unreadable': 'warning',
  'image-size-swapped': 'warning',
  'image-size-scaled': 'warning',
  'image-size-other': 'warning',
  'image-exif-rotated': 'info',
} as const satisfies Record<string, FindingSeverity>;

export type MediaCode = keyof typeof MEDIA_CODES;

export interface StoredSize {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly orientation: number;
}

/**
 * How the declared size differs from the stored one, if it does: sides exchanged (by EXIF or by mistake), the same
 * picture in another resolution (to the pixel that rounding costs), or another picture.
 */
export function sizeMismatch(width: number, height: number, stored: StoredSize): MediaCode | undefined {
  const { widthPx, heightPx, orientation } = stored;
  if (width === widthPx && height === heightPx) {
    return orientation >= 5 && width !== height ? 'image-exif-rotated' : undefined;
  }
  if (width === heightPx && height === widthPx) return 'image-size-swapped';
  const skew = Math.abs(width * heightPx - height * widthPx);
  return skew <= Math.max(width, height, widthPx, heightPx) ? 'image-size-scaled' : 'image-size-other';
}
