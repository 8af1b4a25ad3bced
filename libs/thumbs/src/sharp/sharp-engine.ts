import { availableParallelism } from 'node:os';
import type {
  CallOptions,
  DecodedPixels,
  ImageHeader,
  Thumbnail,
  ThumbnailEngine,
  ThumbnailFormat,
  ThumbnailOptions,
} from '@datavis/plugin-sdk';
import PQueue from 'p-queue';
import sharp, { type Sharp } from 'sharp';
import { ThumbsError } from '../errors.js';
import { hasSrgbProfile } from '../header/icc.js';
import { readHeader } from '../header/probe.js';
import { checkHeader, DEFAULT_LIMITS } from '../limits.js';
import { fitPicture } from '../jimp/show.js';
import { JpegShrinker, type ShrinkOptions } from './jpeg-shrinker.js';
import { sharpError } from './sharp-error.js';

export interface SharpEngineOptions {
  /** Pictures rendered at once, each by one thread. Default: one per core. */
  readonly concurrency?: number;
  /** Pixels by the header. Default 100,000,000. */
  readonly maxPixels?: number;
  /** Rendering of one picture, in ms (sharp counts whole seconds). Default 20,000. */
  readonly timeoutMs?: number;
  /** Effort of the WebP encoder, 0 to 6. Default 2: files 4 % larger than sharp's default of 4, for less time. */
  readonly webpEffort?: number;
  /** The file of the worker that shrinks large JPEG, for applications that bundle. Default: the one in this package. */
  readonly jpegWorker?: URL;
}

/** Loaders that pictures of a dataset need. All others, SVG among them, stay blocked. */
const wantedLoaders = ['Jpeg', 'Png', 'Webp', 'Nsgif', 'Tiff', 'Heif'].map((name) => `VipsForeignLoad${name}`);

/** Cut once per process: libvips keeps its settings there. */
let prepared = false;

function prepareLibvips(): void {
  if (prepared) return;
  prepared = true;
  sharp.block({ operation: ['VipsForeignLoad'] });
  sharp.unblock({ operation: wantedLoaders });
  // One thread a picture: threads inside a picture cost more than they bring at this size, and we have many pictures.
  sharp.concurrency(1);
  // Its operation cache keeps decoded pixels, which we never ask for twice.
  sharp.cache(false);
}

/**
 * Renders with sharp (libvips). The first engine of a process sets libvips up for the whole process: unwanted loaders
 * blocked, one thread a picture, no operation cache. On Linux with glibc, start the process with
 * `MALLOC_ARENA_MAX=2`: it halves the memory that stays after large pictures.
 *
 * @see https://sharp.pixelplumbing.com/api-utility
 *
 * @example
 * ```ts
 * import { createThumbnailer } from '@datavis/thumbs';
 * import { createSharpEngine } from '@datavis/thumbs/sharp';
 *
 * const thumbnailer = createThumbnailer({ engine: createSharpEngine() });
 * await thumbnailer.close();
 * ```
 */
export function createSharpEngine(options: SharpEngineOptions = {}): ThumbnailEngine {
  return new SharpEngine(options);
}

class SharpEngine implements ThumbnailEngine {
  readonly fingerprint: string;
  readonly inputTypes = ['image/jpeg', 'image/png', 'image/webp', 'image/gif', 'image/tiff', 'image/avif'];
  readonly outputFormats: readonly ThumbnailFormat[] = ['webp', 'jpeg', 'png', 'avif'];
  readonly concurrency: number;
  readonly #queue: PQueue;
  readonly #shrinker: JpegShrinker;
  readonly #maxPixels: number;
  readonly #timeoutMs: number;
  readonly #webpEffort: number;

  constructor(options: SharpEngineOptions) {
    prepareLibvips();
    this.concurrency = options.concurrency ?? availableParallelism();
    this.#maxPixels = options.maxPixels ?? DEFAULT_LIMITS.maxPixels;
    this.#timeoutMs = options.timeoutMs ?? DEFAULT_LIMITS.timeoutMs;
    this.#webpEffort = options.webpEffort ?? 2;
    this.#queue = new PQueue({ concurrency: this.concurrency });
    this.#shrinker = new JpegShrinker({
      worker: options.jpegWorker,
      concurrency: this.concurrency,
      timeoutMs: this.#timeoutMs,
    });
    this.fingerprint = `sharp/${sharp.versions.sharp} vips/${sharp.versions.vips} effort/${this.#webpEffort} datavis-jpeg/2`;
  }

  render(input: Uint8Array, options: ThumbnailOptions, call: CallOptions = {}): Promise<Thumbnail> {
    return this.#run(call, async () => {
      const picture = await this.#shrink(input, options, call);
      if (options.background !== undefined) picture.flatten({ background: options.background });
      const { data, info } = await this.#encode(picture, options).toBuffer({ resolveWithObject: true });
      return { bytes: data, contentType: `image/${options.format}`, widthPx: info.width, heightPx: info.height };
    });
  }

  decode(input: Uint8Array, maxSidePx: number, upright: boolean, call: CallOptions = {}): Promise<DecodedPixels> {
    return this.#run(call, async () => {
      const box = { widthPx: maxSidePx, heightPx: maxSidePx, fit: 'inside', upright } as const;
      const picture = (await this.#shrink(input, box, call)).toColourspace('srgb').raw({ depth: 'uchar' });
      const { data, info } = await picture.toBuffer({ resolveWithObject: true });
      return { data, channels: info.channels === 4 ? 4 : 3, widthPx: info.width, heightPx: info.height };
    });
  }

  encode(
    { data, channels, widthPx, heightPx }: DecodedPixels,
    options: Pick<ThumbnailOptions, 'format' | 'quality'>,
    call: CallOptions = {},
  ): Promise<Thumbnail> {
    return this.#run(call, async () => {
      const picture = sharp(data, { raw: { width: widthPx, height: heightPx, channels } });
      const bytes = await this.#encode(picture, options).toBuffer();
      return { bytes, contentType: `image/${options.format}`, widthPx, heightPx };
    });
  }

  async close(): Promise<void> {
    await this.#queue.onIdle();
    await this.#shrinker.close();
  }

  /** Opens a picture for {@link Sharp.toBuffer}, upright if asked, at the size it is shown at. */
  async #shrink(input: Uint8Array, options: ShrinkOptions, call: CallOptions): Promise<Sharp> {
    const header = readHeader(input);
    checkHeader(header, { maxPixels: this.#maxPixels, maxFrames: Number.POSITIVE_INFINITY });
    const eighth = await this.#shrinker.read(input, header, options, call);
    if (eighth !== undefined) {
      const { data, ...size } = eighth;
      // By the size of the whole picture, not by that of an eighth of it, which is rounded.
      const { shown } = fitPicture(header, options);
      const fit = options.fit === 'cover' ? 'cover' : 'fill';
      return sharp(data, { raw: { ...size, channels: 3 } }).resize(shown.width, shown.height, { fit });
    }
    return this.#open(input, header, options.upright).resize(options.widthPx, options.heightPx, {
      fit: options.fit,
      withoutEnlargement: options.fit === 'inside',
    });
  }

  #open(input: Uint8Array, header: ImageHeader, upright: boolean): Sharp {
    const picture = sharp(input, {
      limitInputPixels: this.#maxPixels,
      // Warnings are about what every viewer shows without a word; a cut file is an error.
      failOn: 'error',
      // Converting sRGB to sRGB changes no pixel and takes 40 % of the time of a photo of COCO size.
      ignoreIcc: header.contentType === 'image/jpeg' && hasSrgbProfile(input),
    }).timeout({ seconds: Math.ceil(this.#timeoutMs / 1000) });
    return upright ? picture.autoOrient() : picture;
  }

  #encode(picture: Sharp, { format, quality }: Pick<ThumbnailOptions, 'format' | 'quality'>): Sharp {
    switch (format) {
      case 'webp':
        return picture.webp({ quality, effort: this.#webpEffort });
      case 'jpeg':
        return picture.jpeg({ quality });
      case 'png':
        return picture.png({ compressionLevel: 6 });
      case 'avif':
        return picture.avif({ quality, effort: 2 });
    }
  }

  /** Work that has begun is finished: libvips cannot be stopped from outside, and a thumbnail takes milliseconds. */
  async #run<T>({ signal }: CallOptions, work: () => Promise<T>): Promise<T> {
    return await this.#queue.add(async () => {
      signal?.throwIfAborted();
      try {
        return await work();
      } catch (error) {
        throw error instanceof ThumbsError ? error : sharpError(error);
      }
    });
  }
}
