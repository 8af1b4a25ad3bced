import { createHash } from 'node:crypto';
import type { Migration, SqlConnection, SqlDatabase } from '@datavis/plugin-sdk';
import { ensureAnnotationColumns } from './annotation-columns.js';
import { messageOf, PluginError } from './errors.js';
import { columnsOf, schemaOf, type LoadedPlugin } from './loaded-plugin.js';
import { ownStatements } from './own-sql.js';
import { useSchema } from './plugin-db.js';
import { addColumns, columnTypes, KEY_OF, qualified, quoted } from './sql-names.js';

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
    await connection.transaction(() => connection.run(LEDGER));
  } finally {
    await connection.close();
  }
}

/**
 * The plugins' schemas with what holds their columns, by the keys of the rows they belong to. Rows of images and
 * categories wait under their place in the source (`*_incoming`) until the import has given them a key.
 */
async function ensurePluginTables(connection: SqlConnection, plugins: readonly LoadedPlugin[]): Promise<void> {
  const schemas = plugins.map((plugin) => `CREATE SCHEMA IF NOT EXISTS ${quoted(schemaOf(plugin))}`);
  await connection.run(schemas.join(';\n'));
  await ensureAnnotationColumns(connection, plugins);
  for (const plugin of plugins) await ensureMemberTables(connection, plugin);
}

async function ensureMemberTables(connection: SqlConnection, plugin: LoadedPlugin): Promise<void> {
  const schema = schemaOf(plugin);
  for (const table of ['images', 'categories'] as const) {
    const columns = columnsOf(plugin, table);
    if (columns.size === 0) continue;
    for (const [name, keys] of [
      [table, `${KEY_OF[table]} BIGINT, source_key BIGINT`],
      [`${table}_incoming`, 'source_key BIGINT, idx INTEGER'],
    ] as const) {
      await connection.run(`CREATE TABLE IF NOT EXISTS ${qualified(schema, name)} (${keys})`);
      const types = await columnTypes(connection, `${schema}.${name}`);
      for (const statement of addColumns(plugin, `${schema}.${name}`, types, columns))
        await connection.run(statement);
    }
  }
}

/**
 * Tables of several plugins by one transaction: one each, with its statements, cost ten plugins a tenth of all that they
 * cost in an import of a million annotations.
 *
 * @returns False where that failed: the cause is one plugin's, which {@link migrate} names when it is its turn.
 */
export async function ensureTablesOfAll(database: SqlDatabase, plugins: readonly LoadedPlugin[]): Promise<boolean> {
  if (plugins.length === 0) return false;
  const connection = await database.connect();
  try {
    await connection.transaction(() => ensurePluginTables(connection, plugins));
    return true;
  } catch {
    return false;
  } finally {
    await connection.close();
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
 * @param hasTables - By {@link ensureTablesOfAll}.
 * @throws PluginError `DATAVIS_PLUGIN_MIGRATION`
 */
export async function migrate(
  database: SqlDatabase,
  plugin: LoadedPlugin,
  now: Date,
  hasTables: boolean,
): Promise<void> {
  const { name, namespace } = plugin;
  const { migrations = [] } = plugin.definition;
  if (hasTables && migrations.length === 0) return;
  const connection = await database.connect();
  try {
    if (!hasTables) await connection.transaction(() => ensurePluginTables(connection, [plugin]));
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
