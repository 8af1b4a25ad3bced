import { ThumbsError } from '../errors.js';

/** A time that the steps of some work may take together; what passes between them does not count. */
export class TimeLimit {
  readonly #timeoutMs: number;
  #leftMs: number;

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
    this.#leftMs = timeoutMs;
  }

  /** Runs one step under a signal that also fires when the time is used up; that is `DATAVIS_THUMBS_TIMEOUT`. */
  async run<T>(signal: AbortSignal, step: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const clock = new AbortController();
    const timer = setTimeout(() => {
      clock.abort(new ThumbsError('DATAVIS_THUMBS_TIMEOUT', `No thumbnail within ${this.#timeoutMs} ms`));
    }, this.#leftMs);
    const limited = AbortSignal.any([signal, clock.signal]);
    const started = performance.now();
    try {
      return await Promise.race([step(limited), rejection(limited)]);
    } finally {
      clearTimeout(timer);
      this.#leftMs -= performance.now() - started;
    }
  }
}

function rejection(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const fail = (): void => {
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- an abort passes its own reason on
      reject(signal.reason);
    };
    if (signal.aborted) fail();
    else signal.addEventListener('abort', fail, { once: true });
  });
}
