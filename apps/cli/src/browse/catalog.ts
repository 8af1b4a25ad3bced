import type { CatalogReader } from '@datavis/storage';
import { openForReading } from '../database.js';
import { CliError, usage } from '../errors.js';

/** Runs work over the catalog, opened for reading only. */
export async function withCatalog<T>(path: string, work: (reader: CatalogReader) => Promise<T>): Promise<T> {
  const database = await openForReading(path);
  try {
    const { createCatalogReader } = await import('@datavis/storage');
    return await work(createCatalogReader(database));
  } finally {
    await database.close();
  }
}

/** The dataset that is meant: the named one, else the only one there is. */
export async function datasetName(reader: CatalogReader, given: string | undefined): Promise<string> {
  const names = (await reader.datasets()).map(({ name }) => String(name));
  if (given !== undefined) {
    if (names.includes(given)) return given;
    throw new CliError('DATAVIS_CLI_NOT_FOUND', `There is no dataset "${given}"`, {
      hint: names.length > 0 ? `There are: ${names.join(', ')}` : 'There are none yet: datavis import PATH.',
    });
  }
  const [only, ...others] = names;
  if (only === undefined) {
    throw new CliError('DATAVIS_CLI_NOT_FOUND', 'There is no dataset yet', { hint: 'datavis import PATH' });
  }
  if (others.length > 0) throw usage('There are several datasets', `Choose one: --dataset ${names.join(' | ')}`);
  return only;
}

/** A number of rows; 0 is all. */
export function parseLimit(text: string): number {
  const limit = Number(text);
  if (!Number.isInteger(limit) || limit < 0) throw usage(`--limit ${text}: not a number of rows`);
  return limit === 0 ? Infinity : limit;
}
