import PQueue from 'p-queue';
import { ThumbsError } from '../errors.js';

/** `interactive`: somebody waits for it now. `backfill`: made ahead of need, after everything interactive. */
export type RenderPriority = 'interactive' | 'backfill';

const levels: Readonly<Record<RenderPriority, number>> = { interactive: 1, backfill: 0 };

export interface RenderQueueOptions {
  /** Pictures in work at once. */
  readonly concurrency: number;
  /** Pictures that may wait. Backfill may fill half of it, so that it never shuts out somebody who waits. */
  readonly maxQueued: number;
}

/** Bounded work, the interactive before the backfill, in order of arrival within each. */
export class RenderQueue {
  readonly #queue: PQueue;
  readonly #maxQueued: number;

  constructor(options: RenderQueueOptions) {
    this.#queue = new PQueue({ concurrency: options.concurrency });
    this.#maxQueued = options.maxQueued;
  }

  get queued(): number {
    return this.#queue.size;
  }

  get running(): number {
    return this.#queue.pending;
  }

  /** @throws `DATAVIS_THUMBS_BUSY` when there is no room to wait. */
  run<T>(id: string, priority: RenderPriority, work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    const room = priority === 'interactive' ? this.#maxQueued : Math.floor(this.#maxQueued / 2);
    if (this.#queue.size >= room) {
      throw new ThumbsError(
        'DATAVIS_THUMBS_BUSY',
        `${this.#queue.size} pictures wait for their thumbnails already`,
        {
          hint: 'Ask again in a moment.',
        },
      );
    }
    return this.#queue.add(work, { id, priority: levels[priority], signal });
  }

  /** Moves waiting backfill up, because somebody waits for it now. Work that runs already is left alone. */
  promote(id: string): void {
    try {
      this.#queue.setPriority(id, levels.interactive);
    } catch (error) {
      // Its way to say that the work left the queue: it is running.
      if (!(error instanceof ReferenceError)) throw error;
    }
  }

  async drain(): Promise<void> {
    await this.#queue.onIdle();
  }
}
