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

/** How long work may take to stop because of an error, before the process ends by the signal. */
const STOP_MS = 10_000;

/** Fails the work that is under way; at most one is. */
let failWork: ((error: unknown) => void) | undefined;

/**
 * Lets the work that is under way fail with an error that none of its calls threw. It stops at a safe point, as at Ctrl-C:
 * to exit in the middle of a commit would wait for ever (see {@link endAtOnce}). `false` where nothing is under way.
 */
export function failRunning(error: unknown): boolean {
  failWork?.(error);
  return failWork !== undefined;
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
  let stray: { readonly error: unknown } | undefined;
  failWork = (error) => {
    stray ??= { error };
    controller.abort();
    setTimeout(endAtOnce, STOP_MS).unref();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  try {
    const result = await work(controller.signal);
    if (stray !== undefined) throw stray.error;
    return result;
  } catch (error) {
    if (stray !== undefined) throw stray.error;
    if (!controller.signal.aborted || !isAbortError(error)) throw error;
    throw new InterruptedError(notes.stopped, { cause: error });
  } finally {
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
    failWork = undefined;
  }
}
