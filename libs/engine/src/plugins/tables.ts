import { createHash } from 'node:crypto';
import type { Migration, SqlConnection, SqlDatabase } from '@datavis/plugin-sdk';
import { ensureAnnotationColumns } from './annotation-columns.js';
import { messageOf, PluginError } from './errors.js';
import { columnsOf, schemaOf, type LoadedPlugin } from './loaded-plugin.js';
import { ownStatements } from './own-sql.js';
import { useSchema } from './plugin-db.js';
import { ensureColumns, KEY_OF, qualified, quoted } from './sql-names.js';

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
CREATE TABLE IF NOT EXISTS _datavis.plugin_sources (
  namespace VARCHAR, source_key BIGINT, version VARCHAR, config_hash VARCHAR, run_id VARCHAR, state VARCHAR);
CREATE TABLE IF NOT EXISTS _datavis.plugin_images (
  namespace VARCHAR, image_key BIGINT, version VARCHAR, config_hash VARCHAR, media_version VARCHAR);
CREATE TABLE IF NOT EXISTS _datavis.plugin_annotations (annotation_key BIGINT, source_key BIGINT);
`;

export async function ensureLedger(database: SqlDatabase): Promise<void> {
  const connection = await database.connect();
  try {
    await connection.run(LEDGER);
  } finally {
    await connection.close();
  }
}

/**
 * The plugin's schema with what holds its columns, by the keys of the rows they belong to. Rows of images and
 * categories wait under their place in the source (`*_incoming`) until the import has given them a key.
 */
export async function ensurePluginTables(connection: SqlConnection, plugin: LoadedPlugin): Promise<void> {
  const schema = schemaOf(plugin);
  await connection.run(`CREATE SCHEMA IF NOT EXISTS ${quoted(schema)}`);
  await ensureAnnotationColumns(connection, plugin);
  for (const table of ['images', 'categories'] as const) {
    const columns = columnsOf(plugin, table);
    if (columns.size === 0) continue;
    for (const [name, keys] of [
      [table, `${KEY_OF[table]} BIGINT, source_key BIGINT`],
      [`${table}_incoming`, 'source_key BIGINT, idx INTEGER'],
    ] as const) {
      await connection.run(`CREATE TABLE IF NOT EXISTS ${qualified(schema, name)} (${keys})`);
      await ensureColumns(connection, plugin, `${schema}.${name}`, columns);
    }
  }
}

function checksum(migration: Migration): string {
  return createHash('sha256').update(migration.up).digest('hex');
}

/** One step. All of it or nothing stays, and of those before it, which are done, all. */
async function apply(
  connection: SqlConnection,
  { name, namespace }: LoadedPlugin,
  migration: Migration,
  now: Date,
): Promise<void> {
  const { id, up } = migration;
  try {
    for (const statement of ownStatements(up, schemaOf({ namespace }))) await connection.run(statement);
  } catch (error) {
    const message = `${name}: migration "${id}" failed, and nothing of it stays: ${messageOf(error)}`;
    throw new PluginError('DATAVIS_PLUGIN_MIGRATION', message, { plugin: name, cause: error });
  }
  const values = [namespace, id, checksum(migration), now.toISOString()];
  await connection.run('INSERT INTO _datavis.plugin_migrations VALUES ($1, $2, $3, $4::TIMESTAMP)', values);
}

/**
 * The plugin's tables, then its migrations that have not run yet, in order, each in a transaction of its own.
 *
 * @throws PluginError `DATAVIS_PLUGIN_MIGRATION`
 */
export async function migrate(database: SqlDatabase, plugin: LoadedPlugin, now: Date): Promise<void> {
  const connection = await database.connect();
  const { name, namespace } = plugin;
  const { migrations = [] } = plugin.definition;
  try {
    await connection.transaction(() => ensurePluginTables(connection, plugin));
    if (migrations.length === 0) return;
    const rows = await connection.all<{ id: string; checksum: string }>(
      'SELECT id, checksum FROM _datavis.plugin_migrations WHERE namespace = $1',
      [namespace],
    );
    const done = new Map(rows.map((row) => [row.id, row.checksum]));
    await useSchema(connection, schemaOf(plugin));
    for (const migration of migrations) {
      const before = done.get(migration.id);
      if (before === checksum(migration)) continue;
      if (before !== undefined) {
        const message = `${name}: migration "${migration.id}" has changed since it ran`;
        const hint = 'Restore its text and add a new migration instead.';
        throw new PluginError('DATAVIS_PLUGIN_MIGRATION', message, { plugin: name, hint });
      }
      await connection.transaction(() => apply(connection, plugin, migration, now));
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
