import { definePlugin, type Logger } from '@datavis/plugin-sdk';
import { describe, expect, test } from 'vitest';
import { callPlugin, type GuardedCall } from './guard.js';
import { normalisePlugin } from './normalise.js';

async function setting() {
  const warnings: string[] = [];
  const log: Logger = { debug() {}, info() {}, error() {}, warn: (message) => void warnings.push(message) };
  const plugin = await normalisePlugin(definePlugin({ name: 'p' }));
  const abort = new AbortController();
  const call: GuardedCall = {
    plugin,
    hook: 'onImages',
    code: 'DATAVIS_PLUGIN_HOOK_FAILED',
    signal: abort.signal,
  };
  return { warnings, abort, call, deps: { log, watchdog: undefined, slowNoticeMs: 5 } };
}

const never = (): Promise<void> => new Promise(() => undefined);

describe('callPlugin', () => {
  test('returns what the plugin returns, sync or not', async () => {
    const { deps, call } = await setting();
    expect(await callPlugin(deps, call, () => 1)).toBe(1);
    expect(await callPlugin(deps, call, async () => 2)).toBe(2);
  });

  test('wraps what is thrown, even when it is no error', async () => {
    const { deps, call } = await setting();
    const work = (): never => {
      // eslint-disable-next-line @typescript-eslint/only-throw-error -- plugins do this too
      throw 'text';
    };
    await expect(callPlugin(deps, call, work)).rejects.toMatchObject({
      code: 'DATAVIS_PLUGIN_HOOK_FAILED',
      message: 'p.onImages failed: text',
      cause: 'text',
    });
  });

  test('names a hook that is slow', async () => {
    const { deps, call, warnings } = await setting();
    await callPlugin(deps, call, () => new Promise((resolve) => setTimeout(resolve, 40)));
    expect(warnings).toEqual(['p.onImages has been running for 0.005 s']);
  });

  test('ends a hook that never settles at the deadline', async () => {
    const { deps, call } = await setting();
    await expect(callPlugin(deps, { ...call, deadlineMs: 20 }, never)).rejects.toMatchObject({
      code: 'DATAVIS_PLUGIN_TIMEOUT',
      plugin: 'p',
      hook: 'onImages',
    });
  });

  test('ends it with the abort signal, whose reason passes untouched', async () => {
    const { deps, call, abort } = await setting();
    const reason = new Error('stop');
    setTimeout(() => {
      abort.abort(reason);
    }, 5);
    await expect(callPlugin(deps, call, never)).rejects.toBe(reason);
    await expect(callPlugin(deps, call, () => 1)).rejects.toBe(reason);
  });

  test('a failure after that is logged, not unhandled', async () => {
    const { deps, call, abort, warnings } = await setting();
    const late = callPlugin({ ...deps, slowNoticeMs: 1000 }, call, async () => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      throw new Error('late');
    });
    abort.abort();
    await expect(late).rejects.toMatchObject({ name: 'AbortError' });
    await new Promise((resolve) => setTimeout(resolve, 40));
    expect(warnings).toEqual(['p.onImages failed after it was given up: late']);
  });

  test('that it ended because it was told to is no news', async () => {
    const { deps, call, abort, warnings } = await setting();
    const aborted = (): Error => Object.assign(new Error('of a library'), { name: 'AbortError' });
    const late = callPlugin({ ...deps, slowNoticeMs: 1000 }, call, async () => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      throw aborted();
    });
    const reason = new Error('stop');
    abort.abort(reason);
    await expect(late).rejects.toBe(reason);
    await new Promise((resolve) => setTimeout(resolve, 40));
    expect(warnings).toEqual([]);
  });

  test('an abort error that a library has made is that of the signal', async () => {
    const { deps, call, abort } = await setting();
    const reason = new Error('stop');
    const work = (): never => {
      abort.abort(reason);
      throw Object.assign(new Error('of a library'), { name: 'AbortError' });
    };
    await expect(callPlugin(deps, call, work)).rejects.toBe(reason);
  });
});
