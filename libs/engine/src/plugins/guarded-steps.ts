import { PluginError } from './errors.js';
import { callPlugin, type GuardDeps, type GuardedCall } from './guard.js';
import { isObject, shown } from './shape.js';

/**
 * What an async iterable of a plugin yields, each step a guarded call: one that hangs is named, and ends with the deadline
 * or an abort. Breaking out of the loop ends the plugin's iterable too.
 *
 * @param check - Throws for a value that is no such thing.
 */
export async function* guardedSteps<T>(
  guard: GuardDeps,
  call: GuardedCall,
  open: () => AsyncIterable<T>,
  check: (value: unknown) => void,
): AsyncGenerator<T> {
  let steps: AsyncIterator<T> | undefined;
  // Where the plugin is at a `yield` it can be asked to end; the end of one that hangs comes behind the step it hangs in.
  let isAtYield = false;
  try {
    for (;;) {
      isAtYield = false;
      const step: unknown = await callPlugin(guard, call, () => (steps ??= iteratorOf(call, open())).next());
      if (!isObject(step)) throw garbage(call, `a step that is ${shown(step)}`);
      if (step['done'] === true) return;
      isAtYield = true;
      check(step['value']);
      yield step['value'] as T;
    }
  } finally {
    const end = callPlugin(guard, call, () => steps?.return?.()).catch(() => undefined);
    if (isAtYield) await end;
  }
}

function iteratorOf<T>(call: GuardedCall, iterable: AsyncIterable<T> | undefined | null): AsyncIterator<T> {
  if (typeof iterable?.[Symbol.asyncIterator] === 'function') return iterable[Symbol.asyncIterator]();
  throw garbage(
    call,
    `${shown(iterable)}, which is no async iterable (write it as async *${call.hook.split(' ')[0]})`,
  );
}

export function garbage({ plugin: { name: plugin }, hook, rows }: GuardedCall, what: string): PluginError {
  return new PluginError('DATAVIS_PLUGIN_OUTPUT', `${plugin}.${hook} gave ${what}`, { plugin, hook, rows });
}
