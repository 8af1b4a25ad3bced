import pLimit from 'p-limit';
import { ApiError } from '../errors.js';

/** Lets a few heavy calls run at once and a few more wait, so that light routes always find a free thread. */
export interface Gate {
  /** Runs `work` when it is its turn. `DATAVIS_API_BUSY` when too many wait already. */
  run<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T>;
  /** Holds a place until the returned function is called: for answers that stream. */
  enter(signal: AbortSignal): Promise<() => void>;
  readonly running: number;
  readonly waiting: number;
}

export function createGate(concurrency: number, maxWaiting: number): Gate {
  const limit = pLimit(concurrency);

  async function run<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    if (limit.activeCount >= concurrency && limit.pendingCount >= maxWaiting) {
      throw new ApiError('DATAVIS_API_BUSY', 'Too many heavy requests are waiting', {
        hint: 'Try again in a few seconds.',
      });
    }
    return limit(async () => {
      signal.throwIfAborted();
      return await work();
    });
  }

  return {
    run,
    enter(signal) {
      return new Promise((entered, refused) => {
        run(
          signal,
          () =>
            new Promise<void>((leave) => {
              entered(leave);
            }),
        ).catch(refused);
      });
    },
    get running() {
      return limit.activeCount;
    },
    get waiting() {
      return limit.pendingCount;
    },
  };
}
