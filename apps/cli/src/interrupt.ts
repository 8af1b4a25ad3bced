import type { Terminal } from './terminal/terminal.js';
import { EXIT } from './exit-codes.js';

/**
 * Runs work under a signal that fires at Ctrl-C (or SIGTERM): long calls stop at a safe point. A second Ctrl-C ends the
 * process at once; the database stands that too.
 */
export async function interruptible<T>(
  terminal: Terminal,
  stopping: string,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const stop = (): void => {
    if (controller.signal.aborted) process.exit(EXIT.interrupted);
    terminal.error(`\n${stopping} (Ctrl-C again ends it at once)`);
    controller.abort();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  try {
    return await work(controller.signal);
  } finally {
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
  }
}
