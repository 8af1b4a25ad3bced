import type { SqlConnection } from '@datavis/plugin-sdk';
import { ANNOTATION_COLUMNS } from './annotation-columns.js';
import type { PluginRunState } from './ledger.js';
import { columnsOf, schemaOf, type LoadedPlugin } from './loaded-plugin.js';
import { insertRows, KEY_OF, qualified, quoted } from './sql-names.js';

type MemberTable = 'images' | 'categories';
const MEMBER_TABLES: readonly MemberTable[] = ['images', 'categories'];

/** Takes away what plugins stored for a source whose import came to nothing. */
export async function removePluginRows(
  connection: SqlConnection,
  plugins: readonly LoadedPlugin[],
  sourceKey: bigint,
): Promise<void> {
  const tables = [ANNOTATION_COLUMNS, '_datavis.plugin_drops', '_datavis.plugin_sources'];
  for (const plugin of plugins) {
    for (const table of MEMBER_TABLES) {
      if (columnsOf(plugin, table).size === 0) continue;
      const schema = schemaOf(plugin);
      tables.push(qualified(schema, table), qualified(schema, `${table}_incoming`));
    }
  }
  for (const table of tables) await connection.run(`DELETE FROM ${table} WHERE source_key = $1`, [sourceKey]);
}

/** A source whose rows get their keys. */
export interface LinkedSource {
  readonly runId: string;
  readonly sourceKey: bigint;
  /** Its earlier version, which it takes the place of at the end of the same transaction. */
  readonly replaces: bigint | undefined;
  readonly states: ReadonlyMap<string, PluginRunState>;
}

/**
 * Gives the rows that waited under their place in the source (`images_incoming`, `categories_incoming`) the keys that
 * the import has found for them, notes which plugins have seen the source, and removes what belongs to nothing any more.
 */
export async function linkPluginRows(
  connection: SqlConnection,
  plugins: readonly LoadedPlugin[],
  source: LinkedSource,
): Promise<void> {
  if (!(await hasLedger(connection))) return;
  for (const plugin of plugins) {
    for (const table of MEMBER_TABLES) {
      if (columnsOf(plugin, table).size > 0) await linkMembers(connection, plugin, table, source);
    }
  }
  await noteSource(connection, plugins, source);
  for (const table of [ANNOTATION_COLUMNS, '_datavis.plugin_sources']) {
    // The keys that differ are few: to look each row up took 8 ms of the end of an import of a million.
    await connection.run(
      `DELETE FROM ${table} WHERE source_key IN (SELECT source_key FROM (SELECT DISTINCT source_key FROM ${table})
         WHERE source_key NOT IN (SELECT source_key FROM sources))`,
    );
  }
}

/** A database that has never seen a plugin has no tables for them. */
async function hasLedger(connection: SqlConnection): Promise<boolean> {
  const found = await connection.all("SELECT 1 AS found FROM duckdb_schemas() WHERE schema_name = '_datavis'");
  return found.length > 0;
}

/** Which plugins have seen the source, with which version and options. */
async function noteSource(
  connection: SqlConnection,
  plugins: readonly LoadedPlugin[],
  { runId, sourceKey, states }: LinkedSource,
): Promise<void> {
  const namespaces = plugins.map(({ namespace }) => namespace);
  await connection.run(
    'DELETE FROM _datavis.plugin_sources WHERE source_key = $1 AND list_contains($2, namespace)',
    [sourceKey, namespaces],
  );
  const rows = plugins.map(({ name, namespace, version, configHash }) => {
    return [namespace, sourceKey, version, configHash, runId, states.get(name) ?? 'done'];
  });
  await insertRows(connection, '_datavis.plugin_sources', rows);
}

/**
 * One row a key, though several records (of this source or others) may stand for the same image. It is computed from
 * the record that the image shows: that of the source which told of the image first. Other sources fill in only where
 * there is nothing yet.
 */
async function linkMembers(
  connection: SqlConnection,
  plugin: LoadedPlugin,
  table: MemberTable,
  { sourceKey, replaces }: LinkedSource,
): Promise<void> {
  const target = qualified(schemaOf(plugin), table);
  const incoming = qualified(schemaOf(plugin), `${table}_incoming`);
  const key = KEY_OF[table];
  const columns = [...columnsOf(plugin, table).keys()].map(quoted);
  const members = table === 'images' ? 'source_images' : 'source_categories';
  const told = `SELECT ${key} FROM ${table} WHERE source_key IN ($1, $2)`;
  const sources = [sourceKey, replaces ?? sourceKey];
  await connection.run(
    `DELETE FROM ${target} WHERE ${key} IN (${told}) AND ${key} IN (SELECT m.${key} FROM ${incoming} i
       JOIN ${members} m USING (source_key, idx) WHERE i.source_key = $1)`,
    sources,
  );
  await connection.run(
    `INSERT INTO ${target} (${key}, source_key, ${columns.join(', ')})
     SELECT m.${key}, i.source_key, ${columns.map((name) => `i.${name}`).join(', ')}
     FROM ${incoming} i JOIN ${members} m USING (source_key, idx)
     WHERE i.source_key = $1 AND m.${key} NOT IN (SELECT ${key} FROM ${target})
     QUALIFY row_number() OVER (PARTITION BY m.${key} ORDER BY i.idx) = 1`,
    [sourceKey],
  );
  await connection.run(`DELETE FROM ${incoming} WHERE source_key = $1`, [sourceKey]);
  await connection.run(`DELETE FROM ${target} WHERE ${key} NOT IN (SELECT ${key} FROM ${table})`);
}
