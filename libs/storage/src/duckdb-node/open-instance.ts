import { existsSync, rmSync, statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { DuckDBInstance } from '@duckdb/node-api';
import { isDataVisError } from '@datavis/plugin-sdk';
import { sqlError } from './errors.js';
import { registerFeed } from './feed.js';
import { LockFile, lockedError } from './lock-file.js';
import { api } from './native.js';
import { ROW_GROUP_ROWS } from './row-group.js';

/** Options of DuckDB, by its own names. */
export interface InstanceConfig extends Record<string, string> {
  readonly memory_limit: string;
}

/** What DuckDB says of a file that another process holds. Its name may hold any word, so not just "lock". */
const HELD = /could not set lock on file|being used by another process/i;
/** Names of databases that every instance has. */
const TAKEN = /^(memory|main|temp|system)?$/i;

/** What DuckDB says about a file, in the words of people. */
function reasonOf(path: string, error: unknown): { readonly why: string; readonly hint: string } {
  const said = String(error);
  if (/permission denied|read-only file system/i.test(said))
    return {
      why: ' (no permission)',
      hint: 'Let this user read and write it and its folder, or name another file.',
    };
  if (/no space left/i.test(said)) return { why: ' (the disk is full)', hint: 'Make room, then try again.' };
  if (/is a directory/i.test(said)) return { why: ' (it is a folder)', hint: 'Name a file in it.' };
  if (!existsSync(dirname(path)))
    return { why: ' (there is no such folder)', hint: `Make it first: ${dirname(path)}` };
  return {
    why: '',
    hint: 'Is it a DuckDB file, and may it be read and written? A file of a newer DuckDB needs a newer DataVis.',
  };
}

/** As DuckDB calls a file that it is opened with. */
function databaseName(path: string): string {
  const [name = ''] = basename(path).split('.');
  return TAKEN.test(name) ? `${name}_db` : name;
}

/**
 * DuckDB takes the size of row groups with ATTACH only. So the instance begins as one in memory, whose place the file
 * takes: what connections find by default goes by its name, and a rename takes that along.
 */
async function attach(path: string, config: InstanceConfig): Promise<DuckDBInstance> {
  const instance = await api.DuckDBInstance.create(':memory:', { ...config, temp_directory: `${path}.tmp` });
  const file = `'${path.replaceAll("'", "''")}'`;
  const name = `"${databaseName(path).replaceAll('"', '""')}"`;
  const connection = await instance.connect();
  try {
    await connection.run(`ATTACH ${file} AS ${name} (ROW_GROUP_SIZE ${ROW_GROUP_ROWS});
      USE ${name};
      DETACH memory;
      ALTER DATABASE ${name} SET ALIAS TO memory;
      ALTER DATABASE memory SET ALIAS TO ${name}`);
    connection.closeSync();
    return instance;
  } catch (error) {
    // A connection keeps the instance alive, and with it the lock on a file that was attached.
    connection.closeSync();
    instance.closeSync();
    throw error;
  }
}

/** Opens a database; of `':memory:'` or for reading only as it is, a file to write with our size of row groups. */
export async function openInstance(
  path: string,
  config: InstanceConfig,
  readOnly: boolean,
): Promise<DuckDBInstance> {
  try {
    const instance = await (readOnly || path === ':memory:'
      ? api.DuckDBInstance.create(path, config)
      : attach(path, config));
    const connection = await instance.connect();
    registerFeed(connection);
    connection.closeSync();
    return instance;
  } catch (error) {
    if (HELD.test(String(error))) throw lockedError(path, new LockFile(path).holder(), error);
    const { why, hint } = reasonOf(path, error);
    throw sqlError('DATAVIS_CATALOG_OPEN', `The database cannot be opened${why}: ${path}`, {
      cause: error,
      hint,
      place: { uri: path },
    });
  }
}

/**
 * A full disk, or a kill while the file is made, leaves an empty one, which DuckDB takes for a damaged file ever after. It
 * holds nothing, and nobody holds it: that would have been another error.
 */
export async function openWritable(path: string, config: InstanceConfig): Promise<DuckDBInstance> {
  const isNew = !existsSync(path);
  try {
    return await openInstance(path, config, false);
  } catch (error) {
    const isEmpty = statSync(path, { throwIfNoEntry: false })?.size === 0;
    if (!isDataVisError(error, 'DATAVIS_CATALOG_OPEN') || !isEmpty) throw error;
    rmSync(path);
    if (isNew) throw error;
    return await openInstance(path, config, false);
  }
}
