import { isAbortError, type Awaitable, type Logger } from '@datavis/plugin-sdk';
import { messageOf, PluginError, type PluginErrorCode } from './errors.js';
import { thrownAt } from './frame.js';
import type { LoadedPlugin } from './loaded-plugin.js';
import { waitFor } from './patience.js';
import type { Watchdog } from './watchdog.js';

export interface GuardedCall {
  readonly plugin: LoadedPlugin;
  readonly hook: string;
  readonly code: PluginErrorCode;
  readonly rows?: readonly [from: number, to: number] | undefined;
  /** Default: the deadline of the plugin, if any. */
  readonly deadlineMs?: number | undefined;
  readonly signal: AbortSignal;
  /** Errors that a port names, so that callers tell them apart by their codes: they are passed on as they are. */
  readonly passes?: ((error: unknown) => boolean) | undefined;
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
  return enterPlugin(deps, call, work);
}

/** The same, at once where the plugin promises nothing: then all that it does is done, and nothing of it lies in between. */
export function enterPlugin<R>(deps: GuardDeps, call: GuardedCall, work: () => Awaitable<R>): R | Promise<R> {
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
    return isThenable(result) ? settle(deps, call, Promise.resolve(result)) : result;
  } catch (error) {
    throw failureOf(call, error);
  }
}

function failureOf(call: GuardedCall, error: unknown): unknown {
  const { plugin, hook, rows, signal } = call;
  if (signal.aborted && (error === signal.reason || isAbortError(error))) return signal.reason;
  if (error instanceof PluginError || call.passes?.(error) === true) return error;
  const where = rows === undefined ? '' : ` (rows ${rows[0]} to ${rows[1]})`;
  return new PluginError(call.code, `${plugin.name}.${hook} failed${where}: ${messageOf(error)}`, {
    plugin: plugin.name,
    hook,
    rows,
    cause: error,
    ...hintOf(error, plugin.origin),
  });
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
  const { plugin, hook, rows, signal } = call;
  const { name } = plugin;
  const goneOn = deps.watchdog?.pending(name, hook, rows?.[0]);
  try {
    return await waitFor(pending, {
      what: `${name}.${hook}`,
      notice: (message) => {
        deps.log.warn(message);
      },
      slowNoticeMs: deps.slowNoticeMs,
      deadlineMs: call.deadlineMs ?? plugin.deadlineMs,
      tooLate: (message) => new PluginError('DATAVIS_PLUGIN_TIMEOUT', message, { plugin: name, hook, rows }),
      signal,
    });
  } catch (error) {
    throw failureOf(call, error);
  } finally {
    goneOn?.();
  }
}
