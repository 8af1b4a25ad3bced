import type { SqlDatabase } from '@datavis/plugin-sdk';
import { dropAnnotationColumns } from './annotation-columns.js';
import { PluginError } from './errors.js';
import { defaultNamespace } from './normalise.js';
import { quoted } from './sql-names.js';

/**
 * Drops everything a plugin stored: its schema, migrations and provenance. Receipts of past runs stay. Core tables never
 * held anything of it. Works without the plugin itself.
 *
 * @param name - The plugin's name or namespace.
 * @returns Its namespace.
 * @throws PluginError `DATAVIS_PLUGIN_NOT_FOUND` where the database has nothing of it.
 */
export async function removePluginData(database: SqlDatabase, name: string): Promise<string> {
  const connection = await database.connect();
  try {
    const schemas = await connection.all<{ name: string }>(
      "SELECT schema_name AS name FROM information_schema.schemata WHERE starts_with(schema_name, 'plg_')",
    );
    const namespace = [name, defaultNamespace(name)].find((one) =>
      schemas.some((row) => row.name === `plg_${one}`),
    );
    if (namespace === undefined) {
      throw new PluginError('DATAVIS_PLUGIN_NOT_FOUND', `the database has nothing of a plugin "${name}"`);
    }
    await connection.transaction(async () => {
      await connection.run(`DROP SCHEMA ${quoted(`plg_${namespace}`)} CASCADE`);
      await dropAnnotationColumns(connection, namespace);
      for (const table of ['plugin_migrations', 'plugin_columns', 'plugin_sources', 'plugin_images']) {
        await connection.run(`DELETE FROM _datavis.${table} WHERE namespace = $1`, [namespace]);
      }
    });
    return namespace;
  } finally {
    await connection.close();
  }
}
