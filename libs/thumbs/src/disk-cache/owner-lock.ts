import { randomUUID } from 'node:crypto';
import { linkSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';

/** A lock of another machine or container, whose processes cannot be asked after, is stale when untouched this long. */
const FOREIGN_STALE_MS = 60_000;

/**
 * Which process owns a folder: a file made by `link`, which either makes it or fails. A lock whose process is gone is
 * taken over. The lock keeps two writers from working against each other; that nothing torn is served does not rest
 * on it, but on the checksum of each record.
 */
export class OwnerLock {
  readonly #path: string;
  readonly #content = `${hostname()} ${process.pid} ${startedAt(process.pid)} ${randomUUID()}`;

  constructor(path: string) {
    this.#path = path;
  }

  /** True when this object owns the folder now. */
  acquire(): boolean {
    const holder = readText(this.#path);
    if (holder === this.#content) return true;
    if (holder !== undefined && !this.#isStale(holder)) return false;
    if (holder !== undefined && !this.#remove(holder)) return false;
    return this.#make();
  }

  /** True while nobody has taken the lock over; also shows other machines that we are alive. */
  refresh(): boolean {
    if (readText(this.#path) !== this.#content) return false;
    const now = new Date();
    utimesSync(this.#path, now, now);
    return true;
  }

  release(): void {
    if (readText(this.#path) === this.#content) rmSync(this.#path, { force: true });
  }

  #make(): boolean {
    const own = `${this.#path}.${randomUUID()}`;
    writeFileSync(own, this.#content);
    try {
      linkSync(own, this.#path);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw error;
    } finally {
      rmSync(own, { force: true });
    }
  }

  /** Takes a stale lock away, unless another process was faster and holds a fresh one. */
  #remove(stale: string): boolean {
    const aside = `${this.#path}.${randomUUID()}`;
    try {
      renameSync(this.#path, aside);
    } catch {
      return false;
    }
    const removed = readText(aside);
    if (removed !== stale) linkSync(aside, this.#path);
    rmSync(aside, { force: true });
    return removed === stale;
  }

  #isStale(holder: string): boolean {
    const [host, pid, started] = holder.split(' ');
    if (host === hostname()) return !isRunning(Number(pid), started ?? '');
    const touched = statSync(this.#path, { throwIfNoEntry: false });
    return touched === undefined || Date.now() - touched.mtimeMs > FOREIGN_STALE_MS;
  }
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function isRunning(pid: number, started: string): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  // A number may have been given to another process since.
  return startedAt(pid) === started;
}

/** Start of a process in clock ticks since boot, where the system tells (Linux); else a constant. */
function startedAt(pid: number): string {
  const stat = process.platform === 'linux' ? readText(`/proc/${pid}/stat`) : undefined;
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '-';
}
