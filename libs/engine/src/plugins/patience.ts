import { isAbortError } from '@datavis/plugin-sdk';
import { messageOf } from './errors.js';

/** What is still going on after this time is named in the log. */
export const SLOW_NOTICE_MS = 3000;
/** Longest time that what happens once may take: an import of its code, a check of options, `setup`, a disposer. */
export const SETUP_DEADLINE_MS = 60_000;

/** How long something of a plugin may take, and who hears of it. */
export interface Patience {
  /** Such as `box-stats.onAnnotations`. */
  readonly what: string;
  /** After {@link slowNoticeMs}, that it is still going on. */
  readonly notice: (message: string) => void;
  readonly slowNoticeMs: number;
  /** After this time the wait ends with an error of {@link tooLate}. Absent: no limit. */
  readonly deadlineMs?: number | undefined;
  readonly tooLate: (message: string) => Error;
  /** Ends the wait at once, with its reason. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Waits for what a plugin has promised. A promise that never settles ends with the deadline or the signal; what it says
 * after that is only noted.
 */
export async function waitFor<R>(pending: PromiseLike<R>, patience: Patience): Promise<R> {
  const { what, notice, slowNoticeMs, deadlineMs, tooLate, signal } = patience;
  const timers: NodeJS.Timeout[] = [];
  let onAbort: (() => void) | undefined;
  let isOver = false;
  try {
    return await new Promise<R>((resolve, reject) => {
      onAbort = () => {
        reject(signal?.reason as Error);
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      // These timers keep the process alive on purpose: a plugin that hangs must not end in a silent exit 0.
      timers.push(
        setTimeout(() => {
          notice(`${what} has been running for ${slowNoticeMs / 1000} s`);
        }, slowNoticeMs),
      );
      if (deadlineMs !== undefined) {
        timers.push(
          setTimeout(() => {
            reject(tooLate(`${what} did not settle within ${deadlineMs} ms`));
          }, deadlineMs),
        );
      }
      pending.then(resolve, (error: unknown) => {
        // That it ended because it was told to is no news.
        if (isOver && signal?.aborted === true && isAbortError(error)) return;
        if (isOver) notice(`${what} failed after it was given up: ${messageOf(error)}`);
        // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- a plugin may reject with anything; the caller wraps it
        else reject(error);
      });
    });
  } finally {
    isOver = true;
    for (const timer of timers) clearTimeout(timer);
    if (onAbort) signal?.removeEventListener('abort', onAbort);
  }
}

/** What another call waits for too: an abort ends this wait, and nothing else. */
export async function unlessAborted<R>(pending: Promise<R>, signal: AbortSignal | undefined): Promise<R> {
  if (signal === undefined) return pending;
  let onAbort: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => {
      reject(signal.reason as Error);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
  });
  try {
    return await Promise.race([pending, aborted]);
  } finally {
    if (onAbort) signal.removeEventListener('abort', onAbort);
  }
}
