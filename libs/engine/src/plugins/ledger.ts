import type { SqlConnection, SqlValue } from '@datavis/plugin-sdk';
import type { StatsTable } from './hook-stats.js';
import { columnsOf, PLUGIN_TABLES, type LoadedPlugin } from './loaded-plugin.js';
import { sqlTypeOf } from './sql-names.js';

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
  for (const row of receipt.stats.rows()) {
    const plugin = receipt.plugins.find(({ name }) => name === row.plugin);
    if (plugin === undefined) continue;
    const values: SqlValue[] = [
      receipt.runId,
      receipt.sourceKey,
      plugin.name,
      plugin.version,
      plugin.configHash,
      row.hook,
      row.calls,
      row.rowsIn,
      row.dropped,
      row.findings,
      row.ms,
      row.maxMs,
      row.failures,
      row.error,
      receipt.states.get(plugin.name) ?? 'done',
      receipt.endedAt.toISOString(),
    ];
    const places = values.map((_, index) => `$${index + 1}`).join(', ');
    await connection.run(`INSERT INTO _datavis.plugin_runs VALUES (${places}::TIMESTAMP)`, values);
  }
}

/** Where every column comes from: plugin, version, options and the columns it was computed from. */
export async function writeProvenance(
  connection: SqlConnection,
  plugins: readonly LoadedPlugin[],
  runId: string,
  now: Date,
): Promise<void> {
  for (const plugin of plugins) {
    await connection.run('DELETE FROM _datavis.plugin_columns WHERE namespace = $1', [plugin.namespace]);
    for (const table of PLUGIN_TABLES) {
      const inputs = [...(plugin.definition.reads?.[table] ?? []), ...(plugin.definition.rewrites?.[table] ?? [])];
      for (const [column, info] of columnsOf(plugin, table)) {
        await connection.run(
          `INSERT INTO _datavis.plugin_columns
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12::TIMESTAMP)`,
          [
            plugin.namespace,
            table,
            column,
            sqlTypeOf(info),
            info.unit ?? null,
            info.description ?? null,
            plugin.name,
            plugin.version,
            plugin.configHash,
            JSON.stringify(inputs),
            runId,
            now.toISOString(),
          ],
        );
      }
    }
  }
}
