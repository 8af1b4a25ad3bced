import type { SqlBatch, SqlRow } from '@datavis/plugin-sdk';
import type { DatasetStats, RecordTable } from '@datavis/storage';
import { openForReading } from '../database.js';
import type { DatabaseOptions } from '../context.js';

export interface FindRequest {
  /** As on the command line: `category=dog`. Default: all records. */
  readonly conditions?: readonly string[] | undefined;
  readonly sort?: string | undefined;
  readonly limit: number;
}

/** What commands that only look ask: the database file, or a server that holds it. */
export interface Browser {
  datasets(): Promise<readonly SqlRow[]>;
  find(dataset: string, table: RecordTable, request: FindRequest): AsyncIterable<SqlBatch>;
  /** Why conditions may find nothing: names that the dataset does not have. */
  hint(dataset: string, table: RecordTable, conditions: readonly string[]): Promise<string | undefined>;
  /** By row key, as decimal text. */
  image(
    dataset: string,
    key: string,
  ): Promise<{ readonly image: SqlRow; readonly annotations: readonly SqlRow[] } | undefined>;
  stats(dataset: string): Promise<DatasetStats>;
}

/** Runs work over the catalog: through the server that is named, else over the file, opened for reading only. */
export async function withBrowser<T>(options: DatabaseOptions, work: (browser: Browser) => Promise<T>): Promise<T> {
  if (options.server !== undefined) {
    const { connect } = await import('../server/connect.js');
    const { remoteBrowser } = await import('../server/remote-browser.js');
    return await work(remoteBrowser(connect(options.server)));
  }
  const database = await openForReading(options.db);
  try {
    const { localBrowser } = await import('./local-browser.js');
    return await work(localBrowser(database));
  } finally {
    await database.close();
  }
}
