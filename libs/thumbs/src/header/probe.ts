import type { ImageHeader } from '@datavis/plugin-sdk';
import { ThumbsError } from '../errors.js';
import { avifHeader } from './avif.js';
import { bmpHeader } from './bmp.js';
import { gifHeader } from './gif.js';
import { jpegHeader } from './jpeg.js';
import { pngHeader } from './png.js';
import { BadHeader, HeaderReader, NeedMoreBytes } from './reader.js';
import { tiffHeader } from './tiff.js';
import { webpHeader } from './webp.js';

/** Bytes that hold the header of nearly every picture: read this much first. */
export const HEAD_BYTES = 65_536;

/** The header, or how many bytes of the file's start must be at hand before it can be told. */
export type HeaderProbe =
  | { readonly state: 'known'; readonly header: ImageHeader }
  | { readonly state: 'more'; readonly atLeastBytes: number };

/**
 * Tells type, size, EXIF orientation and frames from the first bytes of a picture; nothing is decoded, the file's name
 * plays no part. Works for JPEG, PNG, GIF, WebP, TIFF, BMP and AVIF. Of a head that is not the whole file, `frames`
 * counts the frames of GIF, TIFF and animated WebP that lie in it.
 *
 * @param head The first bytes of the file, best {@link HEAD_BYTES} of them.
 * @param complete Whether `head` is the whole file. Default `false`.
 * @throws `DATAVIS_THUMBS_UNSUPPORTED` for what is no such picture, `DATAVIS_THUMBS_CORRUPT` for a broken header.
 *
 * @example
 * ```ts
 * import { probeImage } from '@datavis/thumbs';
 *
 * const gif = Uint8Array.from([...new TextEncoder().encode('GIF89a'), 2, 0, 1, 0, 0, 0, 0]);
 * const probe = probeImage(gif);
 * if (probe.state === 'known') console.log(probe.header.widthPx, probe.header.heightPx); // 2 1
 * ```
 */
export function probeImage(head: Uint8Array, complete = false): HeaderProbe {
  if (complete && head.length === 0) throw new ThumbsError('DATAVIS_THUMBS_CORRUPT', 'The file holds no bytes');
  try {
    const header = formatOf(head, complete)(new HeaderReader(head, complete));
    if (header.widthPx === 0 || header.heightPx === 0) {
      throw new BadHeader(`${header.contentType} without a size: ${header.widthPx} x ${header.heightPx}`);
    }
    return { state: 'known', header };
  } catch (error) {
    if (error instanceof NeedMoreBytes) {
      if (!complete) return { state: 'more', atLeastBytes: error.atLeastBytes };
      throw new ThumbsError(
        'DATAVIS_THUMBS_CORRUPT',
        `The file ends inside its header, at byte ${head.length} of ${error.atLeastBytes} or more`,
        { place: { byteOffset: head.length } },
      );
    }
    if (error instanceof BadHeader) throw new ThumbsError('DATAVIS_THUMBS_CORRUPT', error.message);
    throw error;
  }
}

/** The header of a whole file; see {@link probeImage}. */
export function readHeader(file: Uint8Array): ImageHeader {
  const probe = probeImage(file, true);
  if (probe.state === 'known') return probe.header;
  throw new ThumbsError('DATAVIS_THUMBS_CORRUPT', 'The file ends inside its header');
}

/** Longest signature below. */
const SIGNATURE_BYTES = 16;

function formatOf(head: Uint8Array, complete: boolean): (reader: HeaderReader) => ImageHeader {
  if (head.length < SIGNATURE_BYTES && !complete) throw new NeedMoreBytes(SIGNATURE_BYTES);
  const start = String.fromCharCode(...head.subarray(0, SIGNATURE_BYTES));
  if (start.startsWith('\u00ff\u00d8\u00ff')) return jpegHeader;
  if (start.startsWith('\u0089PNG\r\n\u001a\n')) return pngHeader;
  if (start.startsWith('GIF87a') || start.startsWith('GIF89a')) return gifHeader;
  if (start.startsWith('RIFF') && start.startsWith('WEBP', 8)) return webpHeader;
  if (start.startsWith('II*\0') || start.startsWith('MM\0*')) return tiffHeader;
  if (start.startsWith('BM')) return bmpHeader;
  if (start.startsWith('ftypavi', 4)) return avifHeader;
  throw new ThumbsError(
    'DATAVIS_THUMBS_UNSUPPORTED',
    `The file is no picture of a known type: ${describe(start)}`,
    {
      hint: 'Supported are JPEG, PNG, GIF, WebP, TIFF, BMP and AVIF; the content decides, not the extension.',
    },
  );
}

function describe(start: string): string {
  if (/^\s*</.test(start)) return 'it is markup (SVG, HTML or XML)';
  if (start.startsWith('ftyp', 4)) return `it is an ISO media file of brand ${JSON.stringify(start.slice(8, 12))}`;
  if (start.startsWith('%PDF')) return 'it is a PDF';
  return `it starts with ${JSON.stringify(start.slice(0, 8))}`;
}
