import { existsSync } from 'node:fs';
import type { SqlDatabase } from '@datavis/plugin-sdk';
import { CliError } from './errors.js';

/** The database must be there: only an import makes a new one. */
export function assertDatabase(path: string): void {
  if (existsSync(path)) return;
  throw new CliError('DATAVIS_CLI_NOT_FOUND', `There is no database ${path}`, {
    hint: 'Import a dataset first: datavis import PATH. Another file is named by --db FILE.',
  });
}

export async function openForReading(path: string, memoryLimitBytes?: number): Promise<SqlDatabase> {
  assertDatabase(path);
  const { openDuckDb } = await import('@datavis/storage/duckdb-node');
  return await openDuckDb(path, { readOnly: true, memoryLimitBytes });
}
