import { openSession } from './composition.js';
import type { Session, SessionOptions } from './composition.js';
import { assertDatabase } from './database.js';

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
