import { canonicalPath } from './canonical-path.js';
import { LockFile } from './lock-file.js';
import type { LockHolder } from './lock-file.js';

/**
 * Who holds a database: the living process that its lock file names, which may be this one. Undefined where nobody is
 * known to; a process of another machine cannot be asked and is not told.
 */
export function databaseHolder(path: string): LockHolder | undefined {
  return path === ':memory:' ? undefined : new LockFile(canonicalPath(path)).livingHolder();
}

/** Lets processes that find the database held know where this one serves it. It must be open for writing here. */
export function announceServer(path: string, url: string): void {
  if (databaseHolder(path)?.pid === process.pid) new LockFile(canonicalPath(path)).take(url);
}
