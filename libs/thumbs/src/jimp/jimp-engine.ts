import { availableParallelism } from 'node:os';
import type {
  CallOptions,
  DecodedPixels,
  Thumbnail,
  ThumbnailEngine,
  ThumbnailFormat,
  ThumbnailOptions,
} from '@datavis/plugin-sdk';
import { ThumbsError } from '../errors.js';
import { readHeader } from '../header/probe.js';
import { checkHeader, DEFAULT_LIMITS } from '../limits.js';
import { ownCopy } from './own-copy.js';
import type { RenderAnswer, RenderTask } from './worker.js';
import type { WorkerFailure } from './worker-failure.js';
import { WorkerPool } from './worker-pool.js';

/** What a worker answers when nothing went wrong. */
type Rendered = Exclude<RenderAnswer, WorkerFailure>;

export interface JimpEngineOptions {
  /** Worker threads. Default: one per core. */
  readonly concurrency?: number;
  /** Pixels of a JPEG, by the header; it is shrunk while it is decoded. Default 100,000,000. */
  readonly maxPixels?: number;
  /** Pixels of all other types, which are decoded whole, at 4 bytes a pixel and more. Default 40,000,000. */
  readonly maxWholePixels?: number;
  /** Rendering of one picture, in ms; a thread that needs longer is ended and replaced. Default 20,000. */
  readonly timeoutMs?: number;
  /** Heap of a thread in MB, without pixel buffers; one that needs more is ended and replaced. Default 512. */
  readonly maxHeapMb?: number;
  /** The worker's file, for applications that bundle. Default: the one in this package. */
  readonly worker?: URL;
}

/** Every page of a TIFF is decoded by its codec, though only the first is shown. */
const MAX_TIFF_PAGES = 8;

/**
 * Renders in pure JavaScript and WebAssembly, in worker threads: for where sharp has no binary. JPEG by a decoder of our
 * own that shrinks while it decodes, WebP by libwebp, everything else by jimp. Reads no AVIF and writes none, knows no
 * colour profiles, shows the first frame of a GIF and refuses animated WebP.
 *
 * @see https://jimp-dev.github.io/jimp/
 *
 * @example
 * ```ts
 * import { createThumbnailer } from '@datavis/thumbs';
 * import { createJimpEngine } from '@datavis/thumbs/jimp';
 *
 * const thumbnailer = createThumbnailer({ engine: createJimpEngine() });
 * await thumbnailer.close();
 * ```
 */
export function createJimpEngine(options: JimpEngineOptions = {}): ThumbnailEngine {
  return new JimpEngine(options);
}

class JimpEngine implements ThumbnailEngine {
  readonly fingerprint = 'jimp/1.6 datavis-jpeg/2 jsquash/1.5';
  readonly inputTypes = ['image/jpeg', 'image/png', 'image/webp', 'image/gif', 'image/tiff', 'image/bmp'];
  readonly outputFormats: readonly ThumbnailFormat[] = ['webp', 'jpeg', 'png'];
  readonly concurrency: number;
  readonly #pool: WorkerPool<RenderTask, Rendered>;
  readonly #maxPixels: number;
  readonly #maxWholePixels: number;

  constructor(options: JimpEngineOptions) {
    this.concurrency = options.concurrency ?? availableParallelism();
    this.#maxPixels = options.maxPixels ?? DEFAULT_LIMITS.maxPixels;
    this.#maxWholePixels = options.maxWholePixels ?? 40_000_000;
    this.#pool = new WorkerPool({
      worker: options.worker ?? new URL('./worker.js', import.meta.url),
      minThreads: 1,
      maxThreads: this.concurrency,
      timeoutMs: options.timeoutMs ?? DEFAULT_LIMITS.timeoutMs,
      maxHeapMb: options.maxHeapMb ?? 512,
    });
  }

  async render(input: Uint8Array, options: ThumbnailOptions, call: CallOptions = {}): Promise<Thumbnail> {
    this.#check(input);
    const copy = ownCopy(input);
    return thumbnailOf(await this.#pool.run({ input: copy, render: options }, [copy.buffer], call));
  }

  async decode(
    input: Uint8Array,
    maxSidePx: number,
    upright: boolean,
    call: CallOptions = {},
  ): Promise<DecodedPixels> {
    this.#check(input);
    const copy = ownCopy(input);
    const decode = { widthPx: maxSidePx, heightPx: maxSidePx, fit: 'inside', upright } as const;
    const answer = await this.#pool.run({ input: copy, decode }, [copy.buffer], call);
    if ('pixels' in answer) return answer.pixels;
    throw new ThumbsError('DATAVIS_THUMBS_CRASHED', 'The worker answered another question');
  }

  async encode(
    pixels: DecodedPixels,
    options: Pick<ThumbnailOptions, 'format' | 'quality'>,
    call: CallOptions = {},
  ): Promise<Thumbnail> {
    const data = ownCopy(pixels.data);
    return thumbnailOf(await this.#pool.run({ pixels: { ...pixels, data }, encode: options }, [data.buffer], call));
  }

  async close(): Promise<void> {
    await this.#pool.close();
  }

  #check(input: Uint8Array): void {
    const header = readHeader(input);
    const maxPixels = header.contentType === 'image/jpeg' ? this.#maxPixels : this.#maxWholePixels;
    const maxFrames = header.contentType === 'image/tiff' ? MAX_TIFF_PAGES : Number.POSITIVE_INFINITY;
    checkHeader(header, { maxPixels, maxFrames });
    if (header.contentType === 'image/webp' && header.frames > 1) {
      throw new ThumbsError('DATAVIS_THUMBS_UNSUPPORTED', 'The portable engine cannot read animated WebP');
    }
  }
}

function thumbnailOf(answer: Rendered): Thumbnail {
  if ('thumbnail' in answer) return answer.thumbnail;
  throw new ThumbsError('DATAVIS_THUMBS_CRASHED', 'The worker answered another question');
}
