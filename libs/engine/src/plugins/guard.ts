import type { Awaitable, Logger } from '@datavis/plugin-sdk';
import { messageOf, PluginError, type PluginErrorCode } from './errors.js';
import { thrownAt } from './frame.js';
import type { LoadedPlugin } from './loaded-plugin.js';
import type { Watchdog } from './watchdog.js';

/** A hook that is still pending after this time is named in the log. */
export const SLOW_NOTICE_MS = 3000;

export interface GuardedCall {
  readonly plugin: LoadedPlugin;
  readonly hook: string;
  readonly code: PluginErrorCode;
  readonly rows?: readonly [from: number, to: number] | undefined;
  /** Default: the deadline of the plugin, if any. */
  readonly deadlineMs?: number | undefined;
  readonly signal: AbortSignal;
}

export interface GuardDeps {
  readonly log: Logger;
  readonly watchdog: Watchdog | undefined;
  readonly slowNoticeMs: number;
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}

/**
 * Calls into a plugin. Its errors come back as a {@link PluginError} that names it; a call that never settles ends with
 * the abort signal or the deadline, and what it says later is only logged.
 */
export async function callPlugin<R>(deps: GuardDeps, call: GuardedCall, work: () => Awaitable<R>): Promise<R> {
  const { plugin, hook, rows, signal } = call;
  signal.throwIfAborted();
  try {
    deps.watchdog?.enter(plugin.name, hook, rows?.[0]);
    let result: Awaitable<R>;
    try {
      result = work();
    } finally {
      deps.watchdog?.leave();
    }
    return isThenable(result) ? await settle(deps, call, Promise.resolve(result)) : result;
  } catch (error) {
    if (signal.aborted && error === signal.reason) throw error;
    if (error instanceof PluginError) throw error;
    const where = rows === undefined ? '' : ` (rows ${rows[0]} to ${rows[1]})`;
    throw new PluginError(call.code, `${plugin.name}.${hook} failed${where}: ${messageOf(error)}`, {
      plugin: plugin.name,
      hook,
      rows,
      cause: error,
      ...hintOf(error, plugin.origin),
    });
  }
}

/** Where it was thrown: what an author looks for first, and a message of JavaScript's does not say. */
function hintOf(error: unknown, origin: string | undefined): { hint?: string } {
  const place = thrownAt(error, origin);
  const bigints = error instanceof TypeError && /\bBigInt\b/.test(error.message);
  const hints = [
    ...(bigints ? ['Ids and i64 columns are bigint: write 1n, or BigInt(number).'] : []),
    ...(place === undefined ? [] : [`Thrown at ${place}`]),
  ];
  return hints.length === 0 ? {} : { hint: hints.join(' ') };
}

async function settle<R>(deps: GuardDeps, call: GuardedCall, pending: Promise<R>): Promise<R> {
  const { plugin, hook, signal } = call;
  const deadlineMs = call.deadlineMs ?? plugin.deadlineMs;
  const timers: NodeJS.Timeout[] = [];
  let onAbort: (() => void) | undefined;
  let settled = false;
  const goneOn = deps.watchdog?.pending(plugin.name, hook, call.rows?.[0]);
  try {
    return await new Promise<R>((resolve, reject) => {
      onAbort = () => {
        reject(signal.reason as Error);
      };
      signal.addEventListener('abort', onAbort, { once: true });
      // These timers keep the process alive on purpose: a hook that hangs must not end in a silent exit 0.
      timers.push(
        setTimeout(() => {
          deps.log.warn(`${plugin.name}.${hook} has been running for ${deps.slowNoticeMs / 1000} s`);
        }, deps.slowNoticeMs),
      );
      if (deadlineMs !== undefined) {
        timers.push(
          setTimeout(() => {
            const message = `${plugin.name}.${hook} did not settle within ${deadlineMs} ms`;
            const { name } = plugin;
            reject(new PluginError('DATAVIS_PLUGIN_TIMEOUT', message, { plugin: name, hook, rows: call.rows }));
          }, deadlineMs),
        );
      }
      pending.then(resolve, (error: unknown) => {
        if (settled) deps.log.warn(`${plugin.name}.${hook} failed after it was given up: ${messageOf(error)}`);
        // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- a plugin may reject with anything; the caller wraps it
        else reject(error);
      });
    });
  } finally {
    settled = true;
    goneOn?.();
    for (const timer of timers) clearTimeout(timer);
    if (onAbort) signal.removeEventListener('abort', onAbort);
  }
}
