import { isDataVisError, type CallOptions, type ObjectStore } from '@datavis/plugin-sdk';
import { callPlugin, type GuardDeps, type GuardedCall } from './guard.js';
import { garbage, guardedSteps } from './guarded-steps.js';
import type { LoadedPlugin } from './loaded-plugin.js';
import { SETUP_DEADLINE_MS } from './patience.js';
import { flag, isObject, method, must, optional, shapeOf, shown, text, type Check } from './shape.js';

const size = must('a number of bytes', (value) => Number.isSafeInteger(value) && (value as number) >= 0);
const objectStat = shapeOf({ key: text, size, version: text, contentType: optional(text), crc32c: optional(text) });
const prefix = shapeOf({ key: text });
const store = shapeOf({
  root: text,
  capabilities: shapeOf({ write: flag, list: flag, ranges: flag, pinned: flag }),
  stat: method,
  read: method,
  list: method,
  write: method,
  delete: method,
  close: method,
});

/** Codes that the port names: what to do next hangs on them (try again, say what is missing, read it anew). */
export const isOfThePort = (error: unknown): boolean =>
  isDataVisError(error) && error.code.startsWith('DATAVIS_STORAGE_');

/** A store of a plugin, each call guarded as its hooks are: errors name the plugin, what hangs ends, garbage is refused. */
export function guardStore(guard: GuardDeps, plugin: LoadedPlugin, scheme: string, opened: unknown): ObjectStore {
  const callOf = (name: string, options?: CallOptions): GuardedCall => ({
    plugin,
    hook: `${name} of ${scheme}://`,
    code: 'DATAVIS_PLUGIN_HOOK_FAILED',
    signal: options?.signal ?? new AbortController().signal,
    passes: isOfThePort,
  });
  const checked = (call: GuardedCall, check: Check, value: unknown): void => {
    check(value, '', (message) => {
      throw garbage(call, isObject(value) ? `an object whose ${message}` : shown(value));
    });
  };
  checked(callOf('open'), store, opened);
  const inner = opened as ObjectStore;
  return {
    root: inner.root,
    capabilities: inner.capabilities,
    async stat(key, options) {
      const call = callOf('stat', options);
      const found = await callPlugin(guard, call, () => inner.stat(key, options));
      if (found !== undefined) checked(call, objectStat, found);
      return found;
    },
    read(key, options) {
      const call = callOf('read', options);
      return guardedSteps(
        guard,
        call,
        () => inner.read(key, options),
        (chunk) => {
          if (!(chunk instanceof Uint8Array)) throw garbage(call, `${shown(chunk)} for bytes`);
        },
      );
    },
    list(from, options) {
      const call = callOf('list', options);
      return guardedSteps(
        guard,
        call,
        () => inner.list(from, options),
        (entry) => {
          const kind = isObject(entry) ? entry['kind'] : undefined;
          if (kind !== 'object' && kind !== 'prefix')
            throw garbage(call, 'an entry that is no object and no prefix');
          checked(call, kind === 'object' ? objectStat : prefix, entry);
        },
      );
    },
    async write(key, body, options) {
      const call = callOf('write', options);
      const written = await callPlugin(guard, call, () => inner.write(key, body, options));
      checked(call, objectStat, written);
      return written;
    },
    delete: (key, options) => callPlugin(guard, callOf('delete', options), () => inner.delete(key, options)),
    close() {
      const { deadlineMs = SETUP_DEADLINE_MS } = plugin;
      return callPlugin(guard, { ...callOf('close'), deadlineMs }, () => inner.close());
    },
  };
}
