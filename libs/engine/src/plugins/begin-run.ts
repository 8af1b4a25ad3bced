import type { IngestRun, RunHooks, SqlDatabase } from '@datavis/plugin-sdk';
import { PluginError } from './errors.js';
import { suggestion } from './features.js';
import { callPlugin, type GuardDeps } from './guard.js';
import type { LoadedPlugin } from './loaded-plugin.js';
import { idKey } from './run-account.js';
import { isObject, shown } from './shape.js';

const START = 'onIngestStart';

const RUN_HOOKS = [
  'onCategories',
  'onImages',
  'onAnnotations',
  'onImageDecoded',
  'onIngestEnd',
  'onIngestError',
] as const;

/** The hooks of one run, or why there are none. */
export interface StartedRun {
  readonly hooks: RunHooks;
  /** Of `onIngestStart`, where the plugin's policy lets the import go on without it. */
  readonly failure?: PluginError;
}

/** The hooks of one run: those that `onIngestStart` returned, else the plugin's own. */
export async function startRun(guard: GuardDeps, plugin: LoadedPlugin, context: IngestRun): Promise<StartedRun> {
  const { definition, policy } = plugin;
  const { signal } = context;
  const call = { plugin, hook: START, code: 'DATAVIS_PLUGIN_HOOK_FAILED', signal } as const;
  try {
    const hooks = await callPlugin(guard, call, () => definition[START]?.(context));
    if (hooks === undefined) return { hooks: definition };
    checkHooks(plugin, hooks);
    return { hooks: { ...boundHooks(definition), ...hooks } };
  } catch (error) {
    if (signal.aborted || policy === 'abort' || !(error instanceof PluginError)) throw error;
    return { hooks: {}, failure: error };
  }
}

/** A misspelt hook would never be called, and nobody would hear of it. */
function checkHooks({ name: plugin }: LoadedPlugin, hooks: unknown): void {
  const refuse = (message: string, hint?: string): never => {
    throw new PluginError('DATAVIS_PLUGIN_OUTPUT', `${plugin}.${START} returned ${message}`, {
      plugin,
      hook: START,
      ...(hint !== undefined && { hint }),
    });
  };
  if (!isObject(hooks)) refuse(`${shown(hooks)}, not an object of hooks`);
  for (const [key, hook] of Object.entries(hooks as object)) {
    if (!RUN_HOOKS.some((known) => known === key))
      refuse(`"${key}", which is no hook of a run`, suggestion(key, RUN_HOOKS));
    if (hook !== undefined && typeof hook !== 'function') refuse(`a ${key} that is no method`);
  }
}

/** Methods of a definition or class instance, callable apart from it. */
function boundHooks(definition: RunHooks): RunHooks {
  const bound: Record<string, unknown> = {};
  for (const name of RUN_HOOKS) bound[name] = definition[name]?.bind(definition);
  return bound;
}

/** Images that an earlier, interrupted part of the import of a source dropped: their annotations go too. */
export async function droppedImages(database: SqlDatabase, sourceKey: bigint): Promise<string[]> {
  const connection = await database.connect();
  try {
    const rows = await connection.all<{ id: bigint | null; id_text: string | null }>(
      "SELECT id, id_text FROM _datavis.plugin_drops WHERE source_key = $1 AND section = 'images'",
      [sourceKey],
    );
    return rows.flatMap(({ id, id_text }) => idKey(id, id_text) ?? []);
  } finally {
    await connection.close();
  }
}
