import { openSession } from './composition.js';
import type { Session, SessionOptions } from './composition.js';
import { assertDatabase } from './database.js';

/**
 * DuckDB's buffers where it sorts annotations or writes them as Parquet, and holds large rows several times on each thread.
 * To sort 8.6 million (4 GB of JSON) it needs 384 MiB; with 512 it takes 35 s and 850 MB, with 1,024 it takes 22 s and
 * 1.3 GB. Imports and questions have less.
 */
export const SORTING_BUFFERS_BYTES = 512 << 20;

/** Runs work over an existing database, and closes all that was opened, whatever happens. */
export async function withSession<T>(
  db: string,
  work: (session: Session) => Promise<T>,
  options: SessionOptions = {},
): Promise<T> {
  assertDatabase(db);
  const session = await openSession(db, options);
  try {
    return await work(session);
  } finally {
    await session.close();
  }
}
