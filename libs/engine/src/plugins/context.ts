import { createHash } from 'node:crypto';
import {
  API_VERSION,
  type IngestRun,
  type Logger,
  type ObjectStoreResolver,
  type PluginContext,
  type PluginDb,
  type RunInfo,
} from '@datavis/plugin-sdk';
import { KNOWN_FEATURES } from './features.js';
import type { LoadedPlugin } from './loaded-plugin.js';

export interface ContextParts {
  readonly hostVersion: string;
  readonly log: Logger;
  readonly db: PluginDb;
  readonly storage: ObjectStoreResolver;
  readonly use: (name: string) => unknown;
  readonly signal: AbortSignal;
}

/** Lines of a plugin carry its name, whatever the logger of the application looks like. */
export function prefixedLog(log: Logger, name: string): Logger {
  const line =
    (level: keyof Logger) =>
    (message: string, data?: object): void => {
      log[level](`[${name}] ${message}`, data);
    };
  return { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') };
}

/** What `setup` and operations get: a frozen facade, never the host or a container. */
export function makeContext(plugin: LoadedPlugin, parts: ContextParts): PluginContext {
  const { name, namespace, version } = plugin;
  return Object.freeze({
    host: Object.freeze({
      version: parts.hostVersion,
      api: API_VERSION,
      has: (feature: string) => KNOWN_FEATURES.has(feature),
    }),
    plugin: Object.freeze({ name, namespace, version }),
    config: plugin.config,
    log: prefixedLog(parts.log, name),
    db: parts.db,
    storage: parts.storage,
    use: parts.use,
    signal: parts.signal,
  });
}

/** mulberry32: small, fast, good enough for sampling; never for secrets. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export function makeRun(plugin: LoadedPlugin, context: PluginContext, run: RunInfo): IngestRun {
  const key = `${run.dataset.name}\n${plugin.name}\n${plugin.configHash}`;
  const random = seededRandom(createHash('sha256').update(key).digest().readUInt32LE(0));
  return Object.freeze({ ...context, run, random });
}
