import type { DecodedPixels, Thumbnail, ThumbnailOptions } from '@datavis/plugin-sdk';
import { decodePixels, encodePixels, renderThumbnail } from './render.js';
import type { ShowOptions } from './show.js';
import { type WorkerFailure, workerFailure } from './worker-failure.js';

/** What a worker thread is asked. */
export type RenderTask =
  | { readonly input: Uint8Array; readonly render: ThumbnailOptions }
  | { readonly input: Uint8Array; readonly decode: ShowOptions }
  | { readonly pixels: DecodedPixels; readonly encode: Pick<ThumbnailOptions, 'format' | 'quality'> };

/** What it answers. */
export type RenderAnswer = { readonly thumbnail: Thumbnail } | { readonly pixels: DecodedPixels } | WorkerFailure;

/** Entry of the worker threads of the portable engine; the pool calls it by its being the default export. */
async function run(task: RenderTask): Promise<RenderAnswer> {
  try {
    if ('encode' in task) return { thumbnail: await encodePixels(task.pixels, task.encode) };
    const input = Buffer.from(task.input.buffer, task.input.byteOffset, task.input.length);
    if ('render' in task) return { thumbnail: await renderThumbnail(input, task.render) };
    return { pixels: await decodePixels(input, task.decode) };
  } catch (error) {
    return workerFailure(error);
  }
}

// eslint-disable-next-line no-restricted-syntax -- the pool's contract
export default run;
