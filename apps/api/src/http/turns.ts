/** Resolves when the caller may go on: at once while its slice of time lasts. */
export type NextTurn = () => Promise<void>;

/** What light requests wait at most for each round of the event loop. */
const SLICE_MS = 4;

/**
 * Shares the event loop between those who have much to compute, such as streams of rows. They do so in small parts and
 * ask before each. A slice of time is given to one of them in each round of the loop, so that everything else is served
 * in between, however many of them there are.
 */
export function createTurns(): NextTurn {
  const waiting: (() => void)[] = [];
  let sliceEndMs = 0;

  function next(): void {
    sliceEndMs = performance.now() + SLICE_MS;
    waiting.shift()?.();
    if (waiting.length > 0) setImmediate(next);
  }

  return async () => {
    if (waiting.length === 0 && performance.now() < sliceEndMs) return;
    await new Promise<void>((resolve) => {
      waiting.push(resolve);
      if (waiting.length === 1) setImmediate(next);
    });
  };
}
