import { writeSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { EXIT } from './exit-codes.js';

/** The part of `process` that tells of its end. */
export interface Ending {
  exitCode?: number | string | null | undefined;
  on(event: 'exit', listener: (code: number) => void): unknown;
  off(event: 'exit', listener: (code: number) => void): unknown;
}

/**
 * Until the function is called, an end of the process is a failure, and said: Node ends with code 0, as if all was well, when
 * something waits for a promise that nobody will settle, or when a plugin calls `process.exit()`.
 *
 * @returns The command has come to its end.
 */
export function guardExit(ending: Ending, say: (text: string) => void = (text) => writeSync(2, text)): () => void {
  const listener = (code: number): void => {
    if (code !== EXIT.done) return;
    ending.exitCode = EXIT.failed;
    const caller = callerOf(new Error());
    const why =
      caller === undefined ? 'nothing is left that could end what it waits for' : `exit was called at ${caller}`;
    say(`error: the command has not come to its end: ${why}\n`);
  };
  ending.on('exit', listener);
  return () => {
    ending.off('exit', listener);
  };
}

const OWN_FILE = fileURLToPath(import.meta.url);

/** Who has called `process.exit`: the last call on the stack that is neither Node's nor of this file. */
function callerOf({ stack = '' }: Error): string | undefined {
  for (const line of stack.split('\n').slice(1)) {
    const place = /^ {4}at (?:.*\()?((?:file:|\/|[A-Za-z]:\\)[^()]*:\d+:\d+)\)?$/.exec(line)?.[1];
    if (place === undefined) continue;
    const path = place.startsWith('file:') ? fileURLToPath(place) : place;
    if (!path.startsWith(OWN_FILE)) return path;
  }
  return undefined;
}
