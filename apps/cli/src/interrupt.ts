import { isAbortError } from '@datavis/plugin-sdk';
import type { Terminal } from './terminal/terminal.js';

/** What a command says when it is interrupted. */
export interface InterruptNotes {
  /** At once, such as `Stopping at a safe point …`. */
  readonly stopping: string;
  /** When it has stopped: what is kept, and how to go on. */
  readonly stopped: string;
}

/** A command that was stopped by Ctrl-C. Its own class keeps the name by which aborts are known. */
class InterruptedError extends Error {
  override readonly name = 'AbortError';
}

/**
 * Ends the process by the signal itself, which shells show as exit code 130. `process.exit` would wait for the threads of
 * DuckDB, and they wait for rows that the event loop was to hand them.
 */
function endAtOnce(): void {
  process.removeAllListeners('SIGINT');
  process.kill(process.pid, 'SIGINT');
}

/**
 * Runs work under a signal that fires at Ctrl-C (or SIGTERM): long calls stop at a safe point. A second Ctrl-C ends the
 * process at once; the database stands that too.
 *
 * @throws an `AbortError` that says how to go on, when the work stopped because of that signal.
 */
export async function interruptible<T>(
  terminal: Terminal,
  notes: InterruptNotes,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const stop = (): void => {
    if (controller.signal.aborted) endAtOnce();
    terminal.error(`\n${notes.stopping} (Ctrl-C again ends it at once)`);
    controller.abort();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  try {
    return await work(controller.signal);
  } catch (error) {
    if (!controller.signal.aborted || !isAbortError(error)) throw error;
    throw new InterruptedError(notes.stopped, { cause: error });
  } finally {
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
  }
}
