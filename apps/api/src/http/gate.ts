import pLimit from 'p-limit';
import { ApiError } from '../errors.js';

/** Lets a few calls of one kind run at once and a few more wait, so that light routes always find a free thread. */
export interface Gate {
  /**
   * Runs `work` when it is its turn. Who waits leaves as soon as `signal` aborts. `DATAVIS_API_BUSY` when too many wait
   * already, or the time is over before the turn comes.
   */
  run<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T>;
  /** Holds a place until the returned function is called: for answers that stream. */
  enter(signal: AbortSignal): Promise<() => void>;
  readonly running: number;
  readonly waiting: number;
}

export function createGate(concurrency: number, maxWaiting: number): Gate {
  const limit = pLimit(concurrency);
  // Those who left the queue: it finds out when their turn comes.
  let left = 0;

  function run<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      if (limit.activeCount >= concurrency && limit.pendingCount - left >= maxWaiting) throw busy();
      signal.throwIfAborted();
      const leave = (): void => {
        left++;
        reject(busyIfLate(signal.reason));
      };
      signal.addEventListener('abort', leave, { once: true });
      limit(async () => {
        signal.removeEventListener('abort', leave);
        if (!signal.aborted) return await work();
        left--;
        throw signal.reason;
      }).then(resolve, reject);
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
      return limit.pendingCount - left;
    },
  };
}

function busy(cause?: unknown): ApiError {
  return new ApiError('DATAVIS_API_BUSY', 'Too many heavy requests are waiting', {
    hint: 'Try again in a few seconds.',
    ...(cause !== undefined && { cause }),
  });
}

/** Time that went by in the queue says nothing about the request itself. */
function busyIfLate(reason: unknown): Error {
  if (!(reason instanceof Error)) return new Error('The wait was given up', { cause: reason });
  return reason.name === 'TimeoutError' ? busy(reason) : reason;
}
