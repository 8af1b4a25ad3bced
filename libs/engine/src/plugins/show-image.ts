import type { DecodedImage } from '@datavis/plugin-sdk';
import { callPlugin, type GuardDeps } from './guard.js';
import type { HeapShare } from './heap-share.js';
import type { LoadedPlugin } from './loaded-plugin.js';
import type { RunParty } from './run-party.js';

/** Column values of one image, as `onImageDecoded` returned them. */
export type DecodedValues = Readonly<Record<string, unknown>>;

export interface ShowImageDeps {
  readonly guard: GuardDeps;
  readonly signal: AbortSignal;
  readonly heap: HeapShare;
  readonly party: RunParty;
}

/** Shows one image to every plugin that is on and has not seen it; what each says of it, by plugin. */
export async function showImage(
  { guard, signal, heap, party }: ShowImageDeps,
  image: DecodedImage,
  seenBy: readonly string[],
): Promise<ReadonlyMap<LoadedPlugin, DecodedValues>> {
  const results = new Map<LoadedPlugin, DecodedValues>();
  const hook = 'onImageDecoded';
  for (const { plugin, hooks, context } of party.active) {
    if (hooks[hook] === undefined || seenBy.includes(plugin.namespace)) continue;
    const startedMs = performance.now();
    const usedBefore = heap.usedBytes;
    try {
      const call = { plugin, hook, code: 'DATAVIS_PLUGIN_HOOK_FAILED', signal } as const;
      const values = await callPlugin(guard, call, () => hooks[hook]?.(image, context));
      heap.check(plugin, hook, usedBefore);
      results.set(plugin, values ?? {});
    } catch (error) {
      party.fail(plugin, hook, error);
    } finally {
      party.stats.count(plugin.name, hook, 1, performance.now() - startedMs);
    }
  }
  return results;
}
