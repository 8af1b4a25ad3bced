import { createHash } from 'node:crypto';
import type { ColumnInfo, Migration, PluginTable, SqlConnection, SqlDatabase } from '@datavis/plugin-sdk';
import { messageOf, PluginError } from './errors.js';
import { columnsOf, PLUGIN_TABLES, schemaOf, type LoadedPlugin } from './loaded-plugin.js';
import { useSchema } from './plugin-db.js';

/** Name of the row key of each table. */
export const KEY_OF: Readonly<Record<PluginTable, string>> = {
  images: 'image_key',
  annotations: 'annotation_key',
  categories: 'category_key',
};

const SQL_TYPES = {
  bool: 'BOOLEAN',
  i32: 'INTEGER',
  i64: 'BIGINT',
  f32: 'FLOAT',
  f64: 'DOUBLE',
  utf8: 'VARCHAR',
  json: 'VARCHAR',
  'f64[]': 'DOUBLE[]',
  'f64[][]': 'DOUBLE[][]',
} as const;

export function sqlTypeOf(info: ColumnInfo): string {
  return info.type === 'f32[n]' ? `FLOAT[${info.width}]` : SQL_TYPES[info.type];
}

export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** The host's own tables about plugins, in the schema `_datavis`. */
const LEDGER = `
CREATE SCHEMA IF NOT EXISTS _datavis;
CREATE TABLE IF NOT EXISTS _datavis.plugin_runs (
  run_id VARCHAR, source_key BIGINT, plugin VARCHAR, version VARCHAR, config_hash VARCHAR, hook VARCHAR,
  calls BIGINT, rows_in BIGINT, dropped BIGINT, findings BIGINT, ms DOUBLE, max_ms DOUBLE,
  failures BIGINT, error VARCHAR, state VARCHAR, ended_at TIMESTAMP);
CREATE TABLE IF NOT EXISTS _datavis.plugin_columns (
  namespace VARCHAR, table_name VARCHAR, column_name VARCHAR, type VARCHAR, unit VARCHAR, description VARCHAR,
  plugin VARCHAR, version VARCHAR, config_hash VARCHAR, input_columns VARCHAR, run_id VARCHAR, updated_at TIMESTAMP);
CREATE TABLE IF NOT EXISTS _datavis.plugin_drops (
  source_key BIGINT, section VARCHAR, idx INTEGER, id BIGINT, id_text VARCHAR, reason VARCHAR);
CREATE TABLE IF NOT EXISTS _datavis.plugin_migrations (
  namespace VARCHAR, id VARCHAR, checksum VARCHAR, applied_at TIMESTAMP);
`;

export async function ensureLedger(connection: SqlConnection): Promise<void> {
  await connection.run(LEDGER);
}

async function ensureTable(
  connection: SqlConnection,
  plugin: LoadedPlugin,
  table: string,
  leading: string,
  columns: ReadonlyMap<string, ColumnInfo>,
): Promise<void> {
  const schema = schemaOf(plugin);
  const name = `${quoted(schema)}.${quoted(table)}`;
  const declared = [...columns].map(([column, info]) => `${quoted(column)} ${sqlTypeOf(info)}`);
  await connection.run(`CREATE TABLE IF NOT EXISTS ${name} (${[leading, ...declared].join(', ')})`);
  const present = await connection.all<{ name: string; type: string }>(
    `SELECT column_name AS name, data_type AS type FROM information_schema.columns
     WHERE table_schema = $1 AND table_name = $2`,
    [schema, table],
  );
  const types = new Map(present.map((row) => [row.name, row.type]));
  for (const [column, info] of columns) {
    const type = types.get(column);
    if (type === undefined) {
      await connection.run(`ALTER TABLE ${name} ADD COLUMN ${quoted(column)} ${sqlTypeOf(info)}`);
    } else if (type !== sqlTypeOf(info)) {
      const message = `${plugin.name}: ${table}.${column} is stored as ${type}, declared as ${sqlTypeOf(info)}`;
      throw new PluginError('DATAVIS_PLUGIN_MIGRATION', message, {
        plugin: plugin.name,
        hint: `Give the column another name, or drop its data: datavis plugins remove ${plugin.name} --purge`,
      });
    }
  }
}

/**
 * The plugin's schema with one table a core table it adds columns to, keyed by the row's key. Rows of images and
 * categories wait under their place in the source (`*_incoming`) until the import has given them a key.
 */
export async function ensurePluginTables(connection: SqlConnection, plugin: LoadedPlugin): Promise<void> {
  await connection.run(`CREATE SCHEMA IF NOT EXISTS ${quoted(schemaOf(plugin))}`);
  for (const table of PLUGIN_TABLES) {
    const columns = columnsOf(plugin, table);
    if (columns.size === 0) continue;
    await ensureTable(connection, plugin, table, `${KEY_OF[table]} BIGINT, source_key BIGINT`, columns);
    if (table !== 'annotations') {
      await ensureTable(connection, plugin, `${table}_incoming`, 'source_key BIGINT, idx INTEGER', columns);
    }
  }
}

function checksum(migration: Migration): string {
  return createHash('sha256').update(migration.up).digest('hex');
}

/** Runs what has not run yet, in order, each in a transaction of its own. */
export async function migrate(database: SqlDatabase, plugin: LoadedPlugin, now: Date): Promise<void> {
  const connection = await database.connect();
  const { name, namespace } = plugin;
  try {
    await ensureLedger(connection);
    await ensurePluginTables(connection, plugin);
    const rows = await connection.all<{ id: string; checksum: string }>(
      'SELECT id, checksum FROM _datavis.plugin_migrations WHERE namespace = $1',
      [namespace],
    );
    const done = new Map(rows.map((row) => [row.id, row.checksum]));
    await useSchema(connection, schemaOf(plugin));
    for (const migration of plugin.definition.migrations ?? []) {
      const before = done.get(migration.id);
      if (before === checksum(migration)) continue;
      if (before !== undefined) {
        const message = `${name}: migration "${migration.id}" has changed since it ran`;
        const hint = 'Restore its text and add a new migration instead.';
        throw new PluginError('DATAVIS_PLUGIN_MIGRATION', message, { plugin: name, hint });
      }
      await connection.transaction(async () => {
        await connection.run(migration.up);
        await connection.run('INSERT INTO _datavis.plugin_migrations VALUES ($1, $2, $3, $4::TIMESTAMP)', [
          namespace,
          migration.id,
          checksum(migration),
          now.toISOString(),
        ]);
      });
    }
  } catch (error) {
    if (error instanceof PluginError) throw error;
    throw new PluginError('DATAVIS_PLUGIN_MIGRATION', `${name}: ${messageOf(error)}`, {
      plugin: name,
      cause: error,
    });
  } finally {
    await connection.close();
  }
}
