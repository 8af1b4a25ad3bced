import { removePluginData } from '@datavis/engine';
import { isDataVisError } from '@datavis/plugin-sdk';
import { openDuckDb } from '@datavis/storage/duckdb-node';
import type { DatabaseOptions } from '../context.js';
import { assertDatabase } from '../database.js';
import type { Terminal } from '../terminal/terminal.js';
import type { PluginOptions } from './options.js';
import { report, switchOff, turnOff } from './switch-plugin.js';

type RemoveOptions = PluginOptions & DatabaseOptions & { readonly purge?: boolean };

/** Switches a plugin off and, with `purge`, drops what it stored. */
export async function removePlugin(name: string, options: RemoveOptions, terminal: Terminal): Promise<void> {
  if (options.purge !== true) {
    await switchOff(name, options, terminal);
    return;
  }
  const file = await turnOff(name, options).catch((error: unknown) => {
    // Its data can go though nothing lists it any more.
    if (isDataVisError(error, 'DATAVIS_CLI_NOT_FOUND')) return undefined;
    throw error;
  });
  if (file !== undefined && options.json !== true) await report({ name, on: false, file }, options, terminal);
  assertDatabase(options.db);
  const database = await openDuckDb(options.db);
  try {
    const dropped = `plg_${await removePluginData(database, name)}`;
    if (options.json === true) await terminal.out(JSON.stringify({ plugin: name, enabled: false, file, dropped }));
    else await terminal.out(`dropped the schema ${dropped}`);
  } finally {
    await database.close();
  }
}
