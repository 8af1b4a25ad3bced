import { getHeapStatistics } from 'node:v8';
import { PluginError } from './errors.js';
import type { LoadedPlugin } from './loaded-plugin.js';

/** Share of the heap's limit at which the plugin that has grown most is stopped, before Node ends the process. */
const STOP_AT_SHARE = 0.85;
/** A plugin that has grown by less than this share is not the cause. */
const CULPRIT_SHARE = 0.1;

export interface HeapReading {
  readonly usedBytes: number;
  readonly limitBytes: number;
}

function readHeap(): HeapReading {
  const { used_heap_size: usedBytes, heap_size_limit: limitBytes } = getHeapStatistics();
  return { usedBytes, limitBytes };
}

/**
 * How much the heap has grown in the calls of each plugin of a run. A rough measure: garbage counts until it is
 * collected. It is believed only when the heap is nearly full, and then says whom to stop.
 */
export class HeapShare {
  readonly #read: () => HeapReading;
  readonly #grown = new Map<string, number>();

  constructor(read: () => HeapReading = readHeap) {
    this.#read = read;
  }

  get usedBytes(): number {
    return this.#read().usedBytes;
  }

  /** @throws PluginError `DATAVIS_PLUGIN_MEMORY` where the heap is nearly full and this plugin has grown most. */
  check({ name }: LoadedPlugin, hook: string, usedBefore: number): void {
    const { usedBytes, limitBytes } = this.#read();
    const grown = (this.#grown.get(name) ?? 0) + usedBytes - usedBefore;
    this.#grown.set(name, grown);
    if (usedBytes < limitBytes * STOP_AT_SHARE || grown < limitBytes * CULPRIT_SHARE) return;
    if (grown < Math.max(...this.#grown.values())) return;
    const mib = (bytes: number): number => Math.round(bytes / 2 ** 20);
    const message = `${name}.${hook} has filled the memory: the heap holds ${mib(usedBytes)} of ${mib(limitBytes)} MiB`;
    throw new PluginError('DATAVIS_PLUGIN_MEMORY', `${message}, ${mib(grown)} MiB of it since this plugin runs`, {
      plugin: name,
      hook,
      hint: 'Leave the plugin out, or give Node more memory (NODE_OPTIONS=--max-old-space-size=…).',
    });
  }
}
