import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { sqlError, type SqlErrorCode } from './errors.js';
import type { DataVisError } from '@datavis/plugin-sdk';

/** Who has a database open, as written beside it. */
export interface LockHolder {
  readonly pid: number;
  readonly host: string;
  /** When the process began, as the system counts it; `''` where the system does not tell. Pids are used again. */
  readonly processStart: string;
  /** When the database was opened, ISO 8601. */
  readonly openedAt: string;
  /** Where it serves the database over HTTP; absent for other programs. */
  readonly url?: string | undefined;
}

/** Field 22 of /proc/PID/stat: when the process began, in ticks since boot. Only Linux has it. */
function processStart(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}

function isAlive(holder: LockHolder): boolean {
  // Another machine's processes cannot be asked. DuckDB's own lock decides then.
  if (holder.host !== hostname()) return false;
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  return holder.processStart === '' || holder.processStart === processStart(holder.pid);
}

function readHolder(path: string): LockHolder | undefined {
  try {
    const holder = (JSON.parse(readFileSync(path, 'utf8')) ?? {}) as Partial<LockHolder>;
    const { pid, host } = holder;
    if (typeof host !== 'string' || typeof pid !== 'number') return undefined;
    // Signals to 0 and less go to groups, which always live: no process has such a number.
    if (!Number.isSafeInteger(pid) || pid <= 0) return undefined;
    return {
      pid,
      host,
      processStart: holder.processStart ?? '',
      openedAt: holder.openedAt ?? '',
      url: typeof holder.url === 'string' ? holder.url : undefined,
    };
  } catch {
    // No file, or one torn by a crash: nobody is known to hold the database.
    return undefined;
  }
}

export function lockedError(
  path: string,
  holder: LockHolder | undefined,
  cause?: unknown,
): DataVisError<SqlErrorCode> {
  const who = holder
    ? `process ${holder.pid} on ${holder.host}, since ${holder.openedAt}${holder.url === undefined ? '' : `, which serves it at ${holder.url}`}`
    : (/PID (\d+)/.exec(String(cause))?.[0] ?? 'another process');
  return sqlError('DATAVIS_CATALOG_LOCKED', `The database is in use by ${who}: ${path}`, {
    cause,
    hint: 'If that is a running server, use its HTTP API; else end that process, or use another database file.',
    place: { uri: path },
  });
}

/**
 * The lock file beside a database, `FILE.lock`: it says who holds the database. DuckDB has a lock of its own, but any
 * read of the file by its own process drops that one (POSIX locks), so it alone does not protect.
 */
export class LockFile {
  readonly #path: string;
  readonly #database: string;

  constructor(database: string) {
    this.#database = database;
    this.#path = `${database}.lock`;
  }

  /** Who is written in the file; perhaps a process that has died since. */
  holder(): LockHolder | undefined {
    return readHolder(this.#path);
  }

  /** A living process that is written in the file. */
  livingHolder(): LockHolder | undefined {
    const holder = this.holder();
    return holder !== undefined && isAlive(holder) ? holder : undefined;
  }

  /** Throws `DATAVIS_CATALOG_LOCKED` while a living process is written in the file. What a dead one left is passed over. */
  assertFree(): void {
    const holder = this.livingHolder();
    if (holder !== undefined) throw lockedError(this.#database, holder);
  }

  /**
   * Call with the database open: DuckDB has then refused a process that came at the same moment. `url` tells others where
   * this process serves it.
   */
  take(url?: string): void {
    const holder: LockHolder = {
      pid: process.pid,
      host: hostname(),
      processStart: processStart(process.pid),
      openedAt: new Date().toISOString(),
      url,
    };
    const unfinished = `${this.#path}.${process.pid}`;
    writeFileSync(unfinished, JSON.stringify(holder));
    renameSync(unfinished, this.#path);
  }

  release(): void {
    rmSync(this.#path, { force: true });
  }
}
