import PQueue from 'p-queue';
import { ThumbsError } from '../errors.js';
import { BackfillPace, FIRST, moveUp } from './backfill-pace.js';

/** `interactive`: somebody waits for it now. `backfill`: made ahead of need, after everything interactive. */
export type RenderPriority = 'interactive' | 'backfill';

export interface RenderQueueOptions {
  /** Pictures in work at once: read or rendered. */
  readonly concurrency: number;
  /** Pictures that the engine renders at once. */
  readonly cores: number;
  /** Pictures that may wait. Backfill may fill half of it, so that it never shuts out somebody who waits. */
  readonly maxQueued: number;
}

/** Runs the rendering part of some work when it is its turn. */
export type RenderTurn = <T>(render: () => Promise<T>) => Promise<T>;

/**
 * Bounded work, the interactive before the backfill, in order of arrival within each. While somebody interactive is
 * about, backfill leaves a core free.
 */
export class RenderQueue {
  readonly #queue: PQueue;
  readonly #pace: BackfillPace;
  readonly #maxQueued: number;
  /** Backfill, waiting or in work, that nobody waits for. */
  readonly #backfill = new Set<string>();

  constructor(options: RenderQueueOptions) {
    this.#queue = new PQueue({ concurrency: options.concurrency });
    this.#pace = new BackfillPace(options.cores);
    this.#maxQueued = options.maxQueued;
  }

  get queued(): number {
    return this.#queue.size;
  }

  get running(): number {
    return this.#queue.pending;
  }

  /** Somebody is about: for the next moments backfill leaves a core free. */
  noteInteractive(): void {
    this.#pace.noteInteractive();
  }

  /**
   * @param work Reads what it needs, and renders in the turn that it is given.
   * @throws `DATAVIS_THUMBS_BUSY` when there is no room to wait.
   */
  async run<T>(
    id: string,
    priority: RenderPriority,
    work: (turn: RenderTurn) => Promise<T>,
    signal: AbortSignal,
  ): Promise<T> {
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
    if (priority === 'backfill') this.#backfill.add(id);
    const turn: RenderTurn = (render) => (this.#backfill.has(id) ? this.#pace.run(id, render, signal) : render());
    try {
      return await this.#queue.add(() => work(turn), {
        id,
        priority: priority === 'interactive' ? FIRST : 0,
        signal,
      });
    } finally {
      this.#backfill.delete(id);
    }
  }

  /** Moves waiting backfill up, because somebody waits for it now. What is being rendered already is left alone. */
  promote(id: string): void {
    this.#backfill.delete(id);
    moveUp(this.#queue, id);
    this.#pace.promote(id);
  }

  async drain(): Promise<void> {
    await this.#queue.onIdle();
  }
}
