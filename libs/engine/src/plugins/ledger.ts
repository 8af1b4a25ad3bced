import type { SqlConnection, SqlValue } from '@datavis/plugin-sdk';
import type { StatsTable } from './hook-stats.js';
import { columnsOf, PLUGIN_TABLES, schemaOf, type LoadedPlugin } from './loaded-plugin.js';
import { quoted, sqlTypeOf } from './tables.js';

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

/** Takes away what plugins stored for a source whose import came to nothing. */
export async function removePluginRows(
  connection: SqlConnection,
  plugins: readonly LoadedPlugin[],
  sourceKey: bigint,
): Promise<void> {
  for (const plugin of plugins) {
    for (const table of PLUGIN_TABLES) {
      if (columnsOf(plugin, table).size === 0) continue;
      const tables = table === 'annotations' ? [table] : [table, `${table}_incoming`];
      for (const name of tables) {
        await connection.run(`DELETE FROM ${quoted(schemaOf(plugin))}.${name} WHERE source_key = $1`, [sourceKey]);
      }
    }
  }
  await connection.run('DELETE FROM _datavis.plugin_drops WHERE source_key = $1', [sourceKey]);
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

/**
 * Gives the rows that waited under their place in the source (`images_incoming`, `categories_incoming`) the keys that
 * the import has found for them, and removes rows of sources that are no longer there.
 */
export async function linkPluginRows(
  connection: SqlConnection,
  plugins: readonly LoadedPlugin[],
  sourceKey: bigint,
): Promise<void> {
  for (const plugin of plugins) {
    const schema = quoted(`plg_${plugin.namespace}`);
    for (const table of ['images', 'categories'] as const) {
      const columns = [...columnsOf(plugin, table).keys()].map(quoted);
      if (columns.length === 0) continue;
      const key = table === 'images' ? 'image_key' : 'category_key';
      const members = table === 'images' ? 'source_images' : 'source_categories';
      // One row a key, though several records (of this source or others) may stand for the same image.
      const linked = `SELECT m.${key}, i.source_key, ${columns.map((name) => `i.${name}`).join(', ')},
          row_number() OVER (PARTITION BY m.${key} ORDER BY i.idx) AS nth
        FROM ${schema}.${table}_incoming i JOIN ${members} m USING (source_key, idx) WHERE i.source_key = $1`;
      await connection.run(
        `DELETE FROM ${schema}.${table} WHERE source_key = $1 OR ${key} IN
           (SELECT m.${key} FROM ${schema}.${table}_incoming i JOIN ${members} m USING (source_key, idx)
            WHERE i.source_key = $1)`,
        [sourceKey],
      );
      await connection.run(
        `INSERT INTO ${schema}.${table} (${key}, source_key, ${columns.join(', ')})
         SELECT ${key}, source_key, ${columns.join(', ')} FROM (${linked}) WHERE nth = 1`,
        [sourceKey],
      );
      await connection.run(`DELETE FROM ${schema}.${table}_incoming WHERE source_key = $1`, [sourceKey]);
    }
    // Sources that a newer version of their file has replaced, or that were removed.
    for (const table of PLUGIN_TABLES) {
      if (columnsOf(plugin, table).size === 0) continue;
      await connection.run(
        `DELETE FROM ${schema}.${table} WHERE source_key NOT IN (SELECT source_key FROM sources)`,
      );
    }
  }
}
