import type { CallOptions, ImageHeader, ThumbnailOptions } from '@datavis/plugin-sdk';
import { ThumbsError } from '../errors.js';
import { isPlainJpeg } from '../header/plain-jpeg.js';
import type { RgbBitmap } from '../jimp/jpeg/decode-means.js';
import type { MeansAnswer, MeansTask } from '../jimp/jpeg-worker.js';
import { ownCopy } from '../jimp/own-copy.js';
import { fitPicture } from '../jimp/show.js';
import type { WorkerPool } from '../jimp/worker-pool.js';

export interface JpegShrinkerOptions {
  /** The worker's file. Default: the one in this package. */
  readonly worker: URL | undefined;
  readonly concurrency: number;
  readonly timeoutMs: number;
}

export type ShrinkOptions = Pick<ThumbnailOptions, 'widthPx' | 'heightPx' | 'fit' | 'upright'>;

/** Pixels a side of the blocks of a JPEG. */
const BLOCK_SIDE = 8;

/**
 * Shrinks large photos by our own decoder, in worker threads: where a block of 8 x 8 pixels becomes one or less, only the
 * means of the blocks count. libvips, which decodes the rest for nothing, takes twice its time.
 */
export class JpegShrinker {
  readonly #options: JpegShrinkerOptions;
  /** Made when the first such photo comes. */
  #pool: Promise<WorkerPool<MeansTask, MeansAnswer>> | undefined;

  constructor(options: JpegShrinkerOptions) {
    this.#options = options;
  }

  /** An eighth of the picture, upright if asked; `undefined` where libvips is to read it, or to say what is wrong. */
  async read(
    input: Uint8Array,
    header: ImageHeader,
    options: ShrinkOptions,
    call: CallOptions,
  ): Promise<RgbBitmap | undefined> {
    if (!isShrunkByBlocks(header, options) || !isPlainJpeg(input)) return undefined;
    const pool = await (this.#pool ??= this.#open());
    const task = { input: ownCopy(input), orientation: options.upright ? header.orientation : 1 };
    try {
      return (await pool.run(task, [task.input.buffer], call)).bitmap;
    } catch (error) {
      if (error instanceof ThumbsError && error.code !== 'DATAVIS_THUMBS_TIMEOUT') return undefined;
      throw error;
    }
  }

  async close(): Promise<void> {
    await (await this.#pool)?.close();
  }

  async #open(): Promise<WorkerPool<MeansTask, MeansAnswer>> {
    const { WorkerPool } = await import('../jimp/worker-pool.js');
    const { worker = new URL('../jimp/jpeg-worker.js', import.meta.url), concurrency, timeoutMs } = this.#options;
    return new WorkerPool({ worker, minThreads: 0, maxThreads: concurrency, timeoutMs, maxHeapMb: 512 });
  }
}

function isShrunkByBlocks(header: ImageHeader, options: ShrinkOptions): boolean {
  if (header.contentType !== 'image/jpeg') return false;
  const { stored } = fitPicture(header, options);
  return header.widthPx >= stored.width * BLOCK_SIDE && header.heightPx >= stored.height * BLOCK_SIDE;
}
