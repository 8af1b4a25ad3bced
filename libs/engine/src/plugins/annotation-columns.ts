import type { SqlConnection } from '@datavis/plugin-sdk';
import { columnsOf, schemaOf, type LoadedPlugin } from './loaded-plugin.js';
import { columnTypes, ensureColumns, quoted, qualified } from './sql-names.js';

/**
 * Where the annotation columns of all plugins lie, side by side: one key column and one INSERT for all of them, where a
 * table for each would cost ten keys and ten INSERTs a batch (ADR 0007 has the numbers). Each plugin sees its own
 * columns as the view `plg_<namespace>.annotations`.
 */
export const ANNOTATION_COLUMNS = '_datavis.plugin_annotations';

/** Name of a plugin's column in {@link ANNOTATION_COLUMNS}. Namespaces have no dots, so no two meet. */
export function annotationColumn(namespace: string, column: string): string {
  return `${namespace}.${column}`;
}

/** Columns in the shared table and the view over them, for a plugin that declares some. */
export async function ensureAnnotationColumns(connection: SqlConnection, plugin: LoadedPlugin): Promise<void> {
  const { namespace } = plugin;
  const declared = columnsOf(plugin, 'annotations');
  if (declared.size === 0) return;
  const named = [...declared].map(([name, info]) => [annotationColumn(namespace, name), info] as const);
  await ensureColumns(connection, plugin, ANNOTATION_COLUMNS, new Map(named));
  const prefix = annotationColumn(namespace, '');
  const present = await columnsWith(connection, prefix);
  const selected = present.map((name) => `${quoted(name)} AS ${quoted(name.slice(prefix.length))}`);
  // Other plugins may have rows for a source that this one has never seen: those are not its rows.
  await connection.run(
    `CREATE OR REPLACE VIEW ${qualified(schemaOf(plugin), 'annotations')} AS
     SELECT ${['annotation_key', 'source_key', ...selected].join(', ')} FROM ${ANNOTATION_COLUMNS}
     WHERE source_key IN (SELECT source_key FROM _datavis.plugin_sources WHERE namespace = '${namespace}')`,
  );
}

async function columnsWith(connection: SqlConnection, prefix: string): Promise<string[]> {
  const names = [...(await columnTypes(connection, ANNOTATION_COLUMNS)).keys()];
  return names.filter((name) => name.startsWith(prefix));
}

/** Takes a plugin's columns out of the shared table; the others' are not touched. */
export async function dropAnnotationColumns(connection: SqlConnection, namespace: string): Promise<void> {
  for (const name of await columnsWith(connection, annotationColumn(namespace, ''))) {
    await connection.run(`ALTER TABLE ${ANNOTATION_COLUMNS} DROP COLUMN ${quoted(name)}`);
  }
  const rest = await columnsWith(connection, '');
  if (rest.every((name) => name === 'annotation_key' || name === 'source_key')) {
    await connection.run(`DELETE FROM ${ANNOTATION_COLUMNS}`);
  }
}
