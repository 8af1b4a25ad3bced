import { ThumbsError } from '../errors.js';

/** Runs work under a signal that also fires after `timeoutMs`; its running out is `DATAVIS_THUMBS_TIMEOUT`. */
export async function withTimeout<T>(
  timeoutMs: number,
  signal: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const clock = new AbortController();
  const timer = setTimeout(() => {
    clock.abort(new ThumbsError('DATAVIS_THUMBS_TIMEOUT', `No thumbnail within ${timeoutMs} ms`));
  }, timeoutMs);
  const limited = signal === undefined ? clock.signal : AbortSignal.any([signal, clock.signal]);
  try {
    return await Promise.race([work(limited), rejection(limited)]);
  } finally {
    clearTimeout(timer);
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
