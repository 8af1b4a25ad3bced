import { removePluginData } from '@datavis/engine';
import { openDuckDb } from '@datavis/storage/duckdb-node';
import { assertDatabase } from '../database.js';
import type { Terminal } from '../terminal/terminal.js';
import type { PluginOptions } from './options.js';
import { switchPlugin } from './manage.js';

/** Switches a plugin off and, with `purge`, drops what it stored. */
export async function removePlugin(
  name: string,
  options: PluginOptions & { readonly db: string; readonly purge?: boolean },
  terminal: Terminal,
): Promise<void> {
  await switchPlugin(name, false, options, terminal);
  if (options.purge !== true) return;
  assertDatabase(options.db);
  const database = await openDuckDb(options.db);
  try {
    const namespace = await removePluginData(database, name);
    await terminal.out(`dropped the schema plg_${namespace}`);
  } finally {
    await database.close();
  }
}
