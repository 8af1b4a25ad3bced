import { createRequire } from 'node:module';
import { dirname, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of this package, as it stands in stack traces. */
const HOST = dirname(createRequire(import.meta.url).resolve('@datavis/engine/package.json')) + sep;

/** An error of a plugin may have a stack that is no text, or that cannot be read. */
function stackOf(error: unknown): string {
  try {
    return error instanceof Error && typeof error.stack === 'string' ? error.stack : '';
  } catch {
    return '';
  }
}

/** `FILE:LINE:COLUMN` of every call on the stack of an error that is in a file of somebody's. */
function callsOf(error: unknown): string[] {
  const stack = stackOf(error);
  return stack.split('\n').flatMap((line) => {
    const call = /^ {4}at (?:.*\()?((?:file:|\/|[A-Za-z]:\\)[^()]*:\d+:\d+)\)?$/.exec(line)?.[1] ?? [];
    return typeof call === 'string' && call.startsWith('file:') ? fileURLToPath(call) : call;
  });
}

/** Whether a call is in the folder of a plugin's file, and not in a package that is installed below it. */
function isIn(call: string, origin: string): boolean {
  const folder = dirname(origin) + sep;
  return call.startsWith(folder) && !call.slice(folder.length).includes('node_modules');
}

/** Whether any call on the stack of an error is the plugin's own. */
export function isThrownBy(error: unknown, origin: string): boolean {
  return callsOf(error).some((call) => isIn(call, origin));
}

/**
 * Where an error was thrown, as `FILE:LINE:COLUMN`.
 *
 * @param origin - The plugin's file, where it is known: then its last call that is in its folder. Otherwise the last one
 * that is not in the host.
 */
export function thrownAt(error: unknown, origin?: string): string | undefined {
  const calls = callsOf(error);
  const own = origin === undefined ? undefined : calls.find((call) => isIn(call, origin));
  return own ?? calls.find((call) => !call.startsWith(HOST));
}
