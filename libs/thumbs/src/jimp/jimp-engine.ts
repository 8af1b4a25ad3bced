import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import type {
  CallOptions,
  DecodedPixels,
  Thumbnail,
  ThumbnailEngine,
  ThumbnailFormat,
  ThumbnailOptions,
} from '@datavis/plugin-sdk';
import { Piscina } from 'piscina';
import { ThumbsError } from '../errors.js';
import { readHeader } from '../header/probe.js';
import { checkHeader, DEFAULT_LIMITS } from '../limits.js';
import type { RenderAnswer, RenderTask } from './worker.js';

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
  readonly fingerprint = 'jimp/1.6 datavis-jpeg/1 jsquash/1.5';
  readonly inputTypes = ['image/jpeg', 'image/png', 'image/webp', 'image/gif', 'image/tiff', 'image/bmp'];
  readonly outputFormats: readonly ThumbnailFormat[] = ['webp', 'jpeg', 'png'];
  readonly concurrency: number;
  readonly #pool: Piscina<RenderTask, RenderAnswer>;
  readonly #maxPixels: number;
  readonly #maxWholePixels: number;
  readonly #timeoutMs: number;

  constructor(options: JimpEngineOptions) {
    this.concurrency = options.concurrency ?? availableParallelism();
    this.#maxPixels = options.maxPixels ?? DEFAULT_LIMITS.maxPixels;
    this.#maxWholePixels = options.maxWholePixels ?? 40_000_000;
    this.#timeoutMs = options.timeoutMs ?? DEFAULT_LIMITS.timeoutMs;
    this.#pool = new Piscina<RenderTask, RenderAnswer>({
      filename: fileURLToPath(options.worker ?? new URL('./worker.js', import.meta.url)),
      minThreads: 1,
      maxThreads: this.concurrency,
      idleTimeout: 30_000,
      resourceLimits: { maxOldGenerationSizeMb: options.maxHeapMb ?? 512 },
    });
    // A thread that dies at work rejects its task, one that dies between tasks is replaced: nobody waits for it.
    this.#pool.on('error', () => undefined);
  }

  async render(input: Uint8Array, options: ThumbnailOptions, call: CallOptions = {}): Promise<Thumbnail> {
    this.#check(input);
    const copy = ownCopy(input);
    return thumbnailOf(await this.#run({ input: copy, render: options }, [copy.buffer], call));
  }

  async decode(
    input: Uint8Array,
    maxSidePx: number,
    upright: boolean,
    call: CallOptions = {},
  ): Promise<DecodedPixels> {
    this.#check(input);
    const copy = ownCopy(input);
    const answer = await this.#run({ input: copy, decode: { maxSidePx, upright } }, [copy.buffer], call);
    if ('pixels' in answer) return answer.pixels;
    throw new ThumbsError('DATAVIS_THUMBS_CRASHED', 'The worker answered another question');
  }

  async encode(
    pixels: DecodedPixels,
    options: Pick<ThumbnailOptions, 'format' | 'quality'>,
    call: CallOptions = {},
  ): Promise<Thumbnail> {
    const data = ownCopy(pixels.data);
    return thumbnailOf(await this.#run({ pixels: { ...pixels, data }, encode: options }, [data.buffer], call));
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

  /** Work that has begun is finished, as it takes milliseconds, unless it takes too long: then its thread is ended. */
  async #run(
    task: RenderTask,
    transferList: ArrayBuffer[],
    { signal }: CallOptions,
  ): Promise<Exclude<RenderAnswer, { code: string }>> {
    signal?.throwIfAborted();
    const clock = new AbortController();
    const timer = setTimeout(() => {
      clock.abort();
    }, this.#timeoutMs);
    try {
      const answer = await this.#pool.run(task, { signal: clock.signal, transferList });
      if ('code' in answer) throw new ThumbsError(answer.code, answer.message);
      return answer;
    } catch (error) {
      if (error instanceof ThumbsError) throw error;
      if (clock.signal.aborted) {
        throw new ThumbsError('DATAVIS_THUMBS_TIMEOUT', `No thumbnail within ${this.#timeoutMs} ms`, {
          cause: error,
        });
      }
      const why = error instanceof Error ? error.message : String(error);
      throw new ThumbsError('DATAVIS_THUMBS_CRASHED', `The worker died of the picture: ${why}`, { cause: error });
    } finally {
      clearTimeout(timer);
    }
  }
}

/** A copy to hand over: the caller keeps its bytes, and a view into a large buffer takes only its part along. */
function ownCopy(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes);
}

function thumbnailOf(answer: Exclude<RenderAnswer, { code: string }>): Thumbnail {
  if ('thumbnail' in answer) return answer.thumbnail;
  throw new ThumbsError('DATAVIS_THUMBS_CRASHED', 'The worker answered another question');
}
