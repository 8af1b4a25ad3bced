import type { IngestRun, RunHooks, SqlDatabase } from '@datavis/plugin-sdk';
import { messageOf } from './errors.js';
import { callPlugin, type GuardDeps } from './guard.js';
import type { LoadedPlugin } from './loaded-plugin.js';
import { idKey } from './run-account.js';

const RUN_HOOKS = [
  'onCategories',
  'onImages',
  'onAnnotations',
  'onImageDecoded',
  'onIngestEnd',
  'onIngestError',
] as const;

/** The hooks of one run: those that `onIngestStart` returned, else the plugin's own. */
export async function startRun(guard: GuardDeps, plugin: LoadedPlugin, context: IngestRun): Promise<RunHooks> {
  const { definition } = plugin;
  const { signal } = context;
  const call = { plugin, hook: 'onIngestStart', code: 'DATAVIS_PLUGIN_HOOK_FAILED', signal } as const;
  try {
    const hooks = await callPlugin(guard, call, () => definition.onIngestStart?.(context));
    return hooks === undefined ? definition : { ...boundHooks(definition), ...hooks };
  } catch (error) {
    if (signal.aborted || plugin.policy !== 'disable') throw error;
    guard.log.error(`${messageOf(error)}; the plugin is off for this import`);
    return {};
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
