import PQueue from 'p-queue';

/** How long after the last interactive call somebody is taken to be about, in ms. */
const QUIET_MS = 500;

/**
 * Renderings of backfill: on all cores while nobody is about, on all but one while somebody is. With every core at work
 * even an answer from memory waits, for the operating system to give its thread a turn.
 */
export class BackfillPace {
  readonly #renders: PQueue;
  readonly #cores: number;
  #lastMs = 0;
  #timer: NodeJS.Timeout | undefined;

  /** @param cores Pictures that the engine renders at once. */
  constructor(cores: number) {
    this.#cores = cores;
    this.#renders = new PQueue({ concurrency: cores });
  }

  /** Somebody is about. It does next to nothing, since each answer from memory comes by here. */
  noteInteractive(): void {
    this.#lastMs = performance.now();
    if (this.#timer !== undefined) return;
    this.#renders.concurrency = Math.max(1, this.#cores - 1);
    this.#lookAgainIn(QUIET_MS);
  }

  /** Renders when it is its turn. */
  run<T>(id: string, render: () => Promise<T>, signal: AbortSignal): Promise<T> {
    return this.#renders.add(render, { id, signal });
  }

  /** Lets waiting backfill go before all other, because somebody waits for it now. */
  promote(id: string): void {
    moveUp(this.#renders, id);
  }

  #lookAgainIn(ms: number): void {
    this.#timer = setTimeout(() => {
      const leftMs = this.#lastMs + QUIET_MS - performance.now();
      if (leftMs > 0) {
        this.#lookAgainIn(leftMs);
        return;
      }
      this.#timer = undefined;
      this.#renders.concurrency = this.#cores;
    }, ms).unref();
  }
}

/** Priority of what somebody waits for; everything else has 0. */
export const FIRST = 1;

/** Puts waiting work before all other; work that runs already, or is not there, is left alone. */
export function moveUp(queue: PQueue, id: string): void {
  try {
    queue.setPriority(id, FIRST);
  } catch (error) {
    // Its way to say that the work is not in the queue.
    if (!(error instanceof ReferenceError)) throw error;
  }
}
