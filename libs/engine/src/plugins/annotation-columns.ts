import type { SqlConnection } from '@datavis/plugin-sdk';
import { columnsOf, schemaOf, type LoadedPlugin } from './loaded-plugin.js';
import { addColumns, columnTypes, quoted, qualified } from './sql-names.js';

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

/** Columns in the shared table and the views over them, of plugins that declare some. */
export async function ensureAnnotationColumns(
  connection: SqlConnection,
  plugins: readonly LoadedPlugin[],
): Promise<void> {
  const declaring = plugins.filter((plugin) => columnsOf(plugin, 'annotations').size > 0);
  if (declaring.length === 0) return;
  const types = await columnTypes(connection, ANNOTATION_COLUMNS);
  await connection.run(declaring.flatMap((plugin) => statementsOf(plugin, types)).join(';\n'));
}

/** @param types - Of the columns that the shared table has. */
function statementsOf(plugin: LoadedPlugin, types: ReadonlyMap<string, string>): string[] {
  const { namespace } = plugin;
  const declared = [...columnsOf(plugin, 'annotations')];
  const named = new Map(declared.map(([name, info]) => [annotationColumn(namespace, name), info]));
  const prefix = annotationColumn(namespace, '');
  const present = new Set([...types.keys(), ...named.keys()].filter((name) => name.startsWith(prefix)));
  const selected = [...present].map((name) => `${quoted(name)} AS ${quoted(name.slice(prefix.length))}`);
  return [
    ...addColumns(plugin, ANNOTATION_COLUMNS, types, named),
    // Other plugins may have rows for a source that this one has never seen: those are not its rows.
    `CREATE OR REPLACE VIEW ${qualified(schemaOf(plugin), 'annotations')} AS
     SELECT ${['annotation_key', 'source_key', ...selected].join(', ')} FROM ${ANNOTATION_COLUMNS}
     WHERE source_key IN (SELECT source_key FROM _datavis.plugin_sources WHERE namespace = '${namespace}')`,
  ];
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
