import type { SqlConnection, SqlValue } from '@datavis/plugin-sdk';
import type { StatsTable } from './hook-stats.js';
import { columnsOf, PLUGIN_TABLES, type LoadedPlugin } from './loaded-plugin.js';
import { insertRows, sqlTypeOf } from './sql-names.js';

/** How the part of one plugin in one import ended. */
export type PluginRunState = 'done' | 'failed' | 'disabled';

export interface Receipt {
  readonly runId: string;
  readonly sourceKey: bigint;
  readonly plugins: readonly LoadedPlugin[];
  readonly stats: StatsTable;
  readonly states: ReadonlyMap<string, PluginRunState>;
  readonly endedAt: Date;
}

/** One row a plugin and hook: what ran, on how many rows, how long, and how it failed. */
export async function writeReceipts(connection: SqlConnection, receipt: Receipt): Promise<void> {
  const { runId, sourceKey, plugins, states, endedAt } = receipt;
  const rows = [...receipt.stats.rows()].flatMap((row): SqlValue[][] => {
    const plugin = plugins.find(({ name }) => name === row.plugin);
    if (plugin === undefined) return [];
    const { name, version, configHash } = plugin;
    const { hook, calls, rowsIn, dropped, findings, ms, maxMs, failures, error } = row;
    const counts = [calls, rowsIn, dropped, findings, ms, maxMs, failures, error];
    const state = states.get(name) ?? 'done';
    return [[runId, sourceKey, name, version, configHash, hook, ...counts, state, endedAt.toISOString()]];
  });
  await insertRows(connection, '_datavis.plugin_runs', rows);
}

/** Where every column comes from: plugin, version, options and the columns it was computed from. */
export async function writeProvenance(
  connection: SqlConnection,
  plugins: readonly LoadedPlugin[],
  runId: string,
  now: Date,
): Promise<void> {
  const namespaces = plugins.map(({ namespace }) => namespace);
  await connection.run('DELETE FROM _datavis.plugin_columns WHERE list_contains($1, namespace)', [namespaces]);
  const rows = plugins.flatMap((plugin) => provenanceOf(plugin, runId, now));
  await insertRows(connection, '_datavis.plugin_columns', rows);
}

function provenanceOf(plugin: LoadedPlugin, runId: string, now: Date): SqlValue[][] {
  const { namespace, name, version, configHash, definition } = plugin;
  return PLUGIN_TABLES.flatMap((table) => {
    const inputs = [...(definition.reads?.[table] ?? []), ...(definition.rewrites?.[table] ?? [])];
    return [...columnsOf(plugin, table)].map(([column, info]) => [
      namespace,
      table,
      column,
      sqlTypeOf(info),
      info.unit ?? null,
      info.description ?? null,
      name,
      version,
      configHash,
      JSON.stringify(inputs),
      runId,
      now.toISOString(),
    ]);
  });
}
