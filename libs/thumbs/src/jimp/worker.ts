import type { DecodedPixels, Thumbnail, ThumbnailOptions } from '@datavis/plugin-sdk';
import { ThumbsError, type ThumbsErrorCode } from '../errors.js';
import { JpegError } from './jpeg/jpeg-error.js';
import { decodePixels, encodePixels, renderThumbnail } from './render.js';

/** What a worker thread is asked. */
export type RenderTask =
  | { readonly input: Uint8Array; readonly render: ThumbnailOptions }
  | { readonly input: Uint8Array; readonly decode: { readonly maxSidePx: number; readonly upright: boolean } }
  | { readonly pixels: DecodedPixels; readonly encode: Pick<ThumbnailOptions, 'format' | 'quality'> };

/** What it answers. Errors cross the border of a thread without their codes, so they are sent as data. */
export type RenderAnswer =
  | { readonly thumbnail: Thumbnail }
  | { readonly pixels: DecodedPixels }
  | { readonly code: ThumbsErrorCode; readonly message: string };

/** Entry of the worker threads of the portable engine; the pool calls it by its being the default export. */
async function run(task: RenderTask): Promise<RenderAnswer> {
  try {
    if ('encode' in task) return { thumbnail: await encodePixels(task.pixels, task.encode) };
    const input = Buffer.from(task.input.buffer, task.input.byteOffset, task.input.length);
    if ('render' in task) return { thumbnail: await renderThumbnail(input, task.render) };
    return { pixels: await decodePixels(input, task.decode.maxSidePx, task.decode.upright) };
  } catch (error) {
    return { code: codeOf(error), message: error instanceof Error ? error.message : String(error) };
  }
}

const jpegCodes: Readonly<Record<JpegError['kind'], ThumbsErrorCode>> = {
  corrupt: 'DATAVIS_THUMBS_CORRUPT',
  unsupported: 'DATAVIS_THUMBS_UNSUPPORTED',
  'too-large': 'DATAVIS_THUMBS_TOO_LARGE',
};

function codeOf(error: unknown): ThumbsErrorCode {
  if (error instanceof ThumbsError) return error.code;
  if (error instanceof JpegError) return jpegCodes[error.kind];
  // What V8 says when a buffer cannot be had.
  if (error instanceof RangeError && /allocation|Invalid typed array length/i.test(error.message)) {
    return 'DATAVIS_THUMBS_TOO_LARGE';
  }
  return 'DATAVIS_THUMBS_CORRUPT';
}

// eslint-disable-next-line no-restricted-syntax -- the pool's contract
export default run;
