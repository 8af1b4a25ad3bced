import { removePluginData } from '@datavis/engine';
import { isDataVisError } from '@datavis/plugin-sdk';
import { openDuckDb } from '@datavis/storage/duckdb-node';
import { assertDatabase } from '../database.js';
import type { Terminal } from '../terminal/terminal.js';
import type { PluginOptions } from './options.js';
import { switchOff } from './switch-plugin.js';

/** Switches a plugin off and, with `purge`, drops what it stored. */
export async function removePlugin(
  name: string,
  options: PluginOptions & { readonly db: string; readonly purge?: boolean },
  terminal: Terminal,
): Promise<void> {
  try {
    await switchOff(name, options, terminal);
  } catch (error) {
    // Its data can go though nothing lists it any more.
    if (options.purge !== true || !isDataVisError(error, 'DATAVIS_CLI_NOT_FOUND')) throw error;
  }
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
