import type { CallOptions, ImageHeader, Thumbnail, ThumbnailEngine, ThumbnailFormat } from '@datavis/plugin-sdk';
import type { ThumbnailOptions } from '@datavis/plugin-sdk';
import { LRUCache } from 'lru-cache';
import type { ThumbnailCache } from '../cache.js';
import { isPictureError, ThumbsError, withUri } from '../errors.js';
import { readHeader } from '../header/probe.js';
import { thumbnailKey } from '../key.js';
import { checkHeader, DEFAULT_LIMITS, type ThumbnailLimits } from '../limits.js';
import { thumbnailOptions } from '../options.js';
import { RenderQueue, type RenderPriority, type RenderTurn } from './render-queue.js';
import { SingleFlight } from './single-flight.js';
import { readSource, type ThumbnailSource } from './source.js';
import { TimeLimit } from './time-limit.js';

/** Bytes that an entry of the memory cache is taken to need beside its picture. */
const ENTRY_OVERHEAD_BYTES = 256;

export interface ThumbnailerDeps {
  readonly engine: ThumbnailEngine;
  /** Second level behind the memory. Default: none. */
  readonly cache?: ThumbnailCache;
}

export interface ThumbnailerOptions {
  /** What a picture may cost. Default {@link DEFAULT_LIMITS}. */
  readonly limits?: Partial<ThumbnailLimits>;
  /** Budget of the memory cache, in bytes. Default 64 MiB. */
  readonly maxMemoryBytes?: number;
  /** Pictures in work at once: read or rendered. Default: two more than the engine renders at once. */
  readonly concurrency?: number;
  /** Pictures that may wait; more is `DATAVIS_THUMBS_BUSY`. Backfill may take half of it. Default 2,048. */
  readonly maxQueued?: number;
  /** Pictures remembered as not decodable, so that they are not tried again. Default 10,000. */
  readonly maxFailures?: number;
  /** How long such a failure is remembered, in ms. Default 10 minutes. */
  readonly failureTtlMs?: number;
}

export interface ThumbnailCall extends CallOptions {
  /** Default `interactive`. */
  readonly priority?: RenderPriority;
}

/** A thumbnail, and where it came from. */
export interface ServedThumbnail extends Thumbnail {
  /** Equal keys mean equal bytes: fit for an ETag. */
  readonly key: string;
  readonly from: 'memory' | 'cache' | 'engine';
}

/** Counts since the start, and the state of the moment. */
export interface ThumbnailerStats {
  readonly memoryHits: number;
  readonly cacheHits: number;
  readonly rendered: number;
  /** Calls answered from the memory of failures. */
  readonly failureHits: number;
  readonly failed: number;
  readonly memoryBytes: number;
  readonly queued: number;
  readonly running: number;
}

/**
 * Makes thumbnails, each once: memory, then cache, then the engine, behind one queue. Header and limits are checked
 * before the engine sees a byte.
 *
 * Errors: `DATAVIS_THUMBS_OPTIONS`, `…_UNSUPPORTED`, `…_CORRUPT`, `…_TOO_LARGE`, `…_TIMEOUT`, `…_CRASHED`, `…_BUSY`,
 * `…_CLOSED`; errors of the source and aborts pass through.
 */
export class Thumbnailer {
  readonly #engine: ThumbnailEngine;
  readonly #cache: ThumbnailCache | undefined;
  readonly #limits: ThumbnailLimits;
  readonly #memory: LRUCache<string, Thumbnail>;
  readonly #failures: LRUCache<string, Error>;
  readonly #flights = new SingleFlight<Omit<ServedThumbnail, 'key'>>();
  readonly #queue: RenderQueue;
  readonly #counts = { memoryHits: 0, cacheHits: 0, rendered: 0, failureHits: 0, failed: 0 };
  #closed = false;

  constructor(deps: ThumbnailerDeps, options: ThumbnailerOptions = {}) {
    this.#engine = deps.engine;
    this.#cache = deps.cache;
    this.#limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.#memory = new LRUCache({
      maxSize: options.maxMemoryBytes ?? 64 * 1024 * 1024,
      sizeCalculation: (thumbnail) => thumbnail.bytes.length + ENTRY_OVERHEAD_BYTES,
    });
    this.#failures = new LRUCache({ max: options.maxFailures ?? 10_000, ttl: options.failureTtlMs ?? 600_000 });
    this.#queue = new RenderQueue({
      concurrency: options.concurrency ?? deps.engine.concurrency + 2,
      cores: deps.engine.concurrency,
      maxQueued: options.maxQueued ?? 2048,
    });
  }

  /** Formats that can be asked for. */
  get formats(): readonly ThumbnailFormat[] {
    return this.#engine.outputFormats;
  }

  get stats(): ThumbnailerStats {
    const { queued, running } = this.#queue;
    return { ...this.#counts, memoryBytes: this.#memory.calculatedSize, queued, running };
  }

  /** The key a thumbnail has or would have, without any work: compare it with `If-None-Match` first. */
  key(identity: string, options?: Partial<ThumbnailOptions>): string {
    return thumbnailKey(identity, thumbnailOptions(options), this.#engine.fingerprint);
  }

  /** The thumbnail of a {@link key} where it is at hand: in memory, or in a cache that answers without waiting. */
  peek(key: string): Thumbnail | undefined {
    this.#queue.noteInteractive();
    const kept = this.#memory.get(key);
    if (kept !== undefined) {
      this.#counts.memoryHits++;
      return kept;
    }
    const cached = this.#cache?.peek?.(key);
    if (cached === undefined) return undefined;
    this.#counts.cacheHits++;
    this.#memory.set(key, cached);
    return cached;
  }

  async get(
    source: ThumbnailSource,
    options?: Partial<ThumbnailOptions>,
    call: ThumbnailCall = {},
  ): Promise<ServedThumbnail> {
    const { priority = 'interactive', signal } = call;
    if (priority === 'interactive') this.#queue.noteInteractive();
    const asked = thumbnailOptions(options);
    const key = thumbnailKey(source.identity, asked, this.#engine.fingerprint);
    const kept = this.#memory.get(key);
    if (kept !== undefined) {
      this.#counts.memoryHits++;
      return { ...kept, key, from: 'memory' };
    }
    const failure = this.#failures.get(source.identity);
    if (failure !== undefined) {
      this.#counts.failureHits++;
      throw failure;
    }
    if (this.#closed) throw new ThumbsError('DATAVIS_THUMBS_CLOSED', 'The thumbnailer is closed');
    if (priority === 'interactive' && this.#flights.has(key)) this.#queue.promote(key);
    const found = await this.#flights.run(key, (all) => this.#find(key, source, asked, priority, all), signal);
    return { ...found, key };
  }

  /**
   * Makes thumbnails that will be asked for soon, such as those of the next page, behind everything interactive. What
   * fails, or finds the queue full, is left to the call that asks for it.
   */
  async prefetch(
    sources: Iterable<ThumbnailSource>,
    options?: Partial<ThumbnailOptions>,
    call: CallOptions = {},
  ): Promise<void> {
    const calls = Array.from(sources, (source) => this.get(source, options, { ...call, priority: 'backfill' }));
    await Promise.allSettled(calls);
  }

  /** Waits for the work in hand, then closes cache and engine. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#queue.drain();
    await this.#cache?.close();
    await this.#engine.close();
  }

  async #find(
    key: string,
    source: ThumbnailSource,
    options: ThumbnailOptions,
    priority: RenderPriority,
    signal: AbortSignal,
  ): Promise<Omit<ServedThumbnail, 'key'>> {
    const cached = await this.#cache?.get(key);
    if (cached !== undefined) {
      this.#counts.cacheHits++;
      this.#memory.set(key, cached);
      return { ...cached, from: 'cache' };
    }
    const make = (turn: RenderTurn): Promise<Thumbnail> => this.#make(source, options, turn, signal);
    const made = await this.#queue.run(key, priority, make, signal);
    this.#counts.rendered++;
    this.#memory.set(key, made);
    await this.#cache?.put(key, made);
    return { ...made, from: 'engine' };
  }

  async #make(
    source: ThumbnailSource,
    options: ThumbnailOptions,
    turn: RenderTurn,
    signal: AbortSignal,
  ): Promise<Thumbnail> {
    const clock = new TimeLimit(this.#limits.timeoutMs);
    try {
      const input = await clock.run(signal, async (limited) => {
        const bytes = await readSource(source, this.#limits, { signal: limited });
        this.#check(readHeader(bytes), options);
        return bytes;
      });
      return await turn(() =>
        clock.run(signal, (limited) => this.#engine.render(input, options, { signal: limited })),
      );
    } catch (error) {
      if (!isPictureError(error)) throw error;
      const placed = withUri(error, source.uri) as Error;
      this.#counts.failed++;
      this.#failures.set(source.identity, placed);
      throw placed;
    }
  }

  #check(header: ImageHeader, options: ThumbnailOptions): void {
    checkHeader(header, this.#limits);
    if (!this.#engine.inputTypes.includes(header.contentType)) {
      throw new ThumbsError('DATAVIS_THUMBS_UNSUPPORTED', `This engine cannot read ${header.contentType}`, {
        hint: `It reads ${this.#engine.inputTypes.join(', ')}.`,
      });
    }
    if (!this.#engine.outputFormats.includes(options.format)) {
      throw new ThumbsError('DATAVIS_THUMBS_OPTIONS', `This engine cannot write ${options.format}`, {
        hint: `It writes ${this.#engine.outputFormats.join(', ')}.`,
      });
    }
  }
}

/** A {@link Thumbnailer}; see there. */
export function createThumbnailer(deps: ThumbnailerDeps, options?: ThumbnailerOptions): Thumbnailer {
  return new Thumbnailer(deps, options);
}
