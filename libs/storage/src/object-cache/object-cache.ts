import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { DataVisError } from '@datavis/plugin-sdk';
import { LRUCache } from 'lru-cache';

export interface ObjectCacheOptions {
  /** Folder of the cache, made if there is none. For one process at a time. */
  readonly dir: string;
  /** All files of the cache together never take more, in bytes; also not while one is written. */
  readonly maxBytes: number;
  /** Objects larger than this are not kept. Default an eighth of `maxBytes`. */
  readonly maxObjectBytes?: number | undefined;
  /** Told what kept an object from being stored, such as a full disk. Default: nobody. */
  readonly onProblem?: ((error: DataVisError) => void) | undefined;
}

/** `HASH-SIZE`; a file of another size was cut by a crash of the machine. */
const FILE_NAME = /^[0-9a-f]{64}-(\d+)$/;

/**
 * Whole objects as files in one folder, the least recently used given up first. A file gets its name when it is complete
 * and never changes after that; what a crash leaves unfinished is taken away at the next start. The order of use
 * survives a restart, as the times of the files.
 */
export class ObjectCache {
  readonly maxObjectBytes: number;
  readonly #dir: string;
  readonly #maxBytes: number;
  readonly #report: (what: string, cause: unknown) => void;
  readonly #files: LRUCache<string, string>;
  /** Bytes of files that are being written. */
  #unfinished = 0;
  #writes = 0;

  private constructor(options: ObjectCacheOptions) {
    this.#dir = options.dir;
    this.#maxBytes = options.maxBytes;
    this.maxObjectBytes = options.maxObjectBytes ?? Math.floor(options.maxBytes / 8);
    this.#files = new LRUCache({
      maxSize: options.maxBytes,
      sizeCalculation: (name) => Math.max(1, sizeOf(name)),
      dispose: (name, _id, reason) => {
        if (reason !== 'set') rmSync(join(this.#dir, name), { force: true });
      },
    });
    this.#report = (what, cause) => {
      const why = cause instanceof Error ? cause.message : String(cause);
      const message = `An original could not be ${what} in the cache: ${why}`;
      options.onProblem?.(
        new DataVisError('DATAVIS_STORAGE_CACHE', message, { cause, place: { uri: options.dir } }),
      );
    };
  }

  /** @throws DataVisError `DATAVIS_STORAGE_CACHE` where the folder cannot be used. */
  static async open(options: ObjectCacheOptions): Promise<ObjectCache> {
    const cache = new ObjectCache(options);
    try {
      await mkdir(options.dir, { recursive: true });
      await cache.#scan();
    } catch (cause) {
      throw new DataVisError('DATAVIS_STORAGE_CACHE', 'The cache of originals cannot be opened', {
        cause,
        place: { uri: options.dir },
        hint: 'Give it a folder on a local disk that this process may write to.',
      });
    }
    return cache;
  }

  /** Bytes of all files, those that are being written included. */
  get usedBytes(): number {
    return this.#files.calculatedSize + this.#unfinished;
  }

  /** The file of an object's version, open for reading; the caller closes it. */
  async open(id: string): Promise<{ readonly handle: FileHandle; readonly size: number } | undefined> {
    const name = this.#files.get(id);
    if (name === undefined) return undefined;
    const path = join(this.#dir, name);
    try {
      const handle = await open(path, 'r');
      const now = new Date();
      await utimes(path, now, now).catch(() => undefined);
      const { size } = await handle.stat();
      if (size === sizeOf(name)) return { handle, size };
      await handle.close();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') this.#report('read', error);
    }
    this.#files.delete(id);
    return undefined;
  }

  /** Begins to keep an object; nothing of it is there before {@link ObjectCacheEntry.keep}. Never throws. */
  async begin(id: string): Promise<ObjectCacheEntry | undefined> {
    const path = join(this.#dir, `unfinished-${process.pid}-${++this.#writes}`);
    const handle = await open(path, 'wx').catch((error: unknown) => {
      this.#report('written', error);
      return undefined;
    });
    if (handle === undefined) return undefined;
    let size = 0;
    let isOpen = true;
    const drop = async (): Promise<void> => {
      if (!isOpen) return;
      isOpen = false;
      await handle.close().catch(() => undefined);
      await rm(path, { force: true }).catch(() => undefined);
      this.#unfinished -= size;
    };
    return {
      drop,
      write: async (chunk) => {
        if (!isOpen) return;
        size += chunk.length;
        this.#unfinished += chunk.length;
        if (size > this.maxObjectBytes || !this.#makeRoom()) {
          await drop();
          return;
        }
        try {
          for (let done = 0; done < chunk.length;) done += (await handle.write(chunk, done)).bytesWritten;
        } catch (error) {
          await drop();
          this.#report('written', error);
        }
      },
      keep: async () => {
        if (!isOpen) return;
        const name = `${id}-${size}`;
        try {
          await handle.close();
          await rename(path, join(this.#dir, name));
          isOpen = false;
          this.#unfinished -= size;
          this.#files.set(id, name);
        } catch (error) {
          await drop();
          this.#report('written', error);
        }
      },
    };
  }

  #makeRoom(): boolean {
    while (this.usedBytes > this.#maxBytes) if (this.#files.pop() === undefined) return false;
    return true;
  }

  async #scan(): Promise<void> {
    const found: { name: string; usedMs: number }[] = [];
    for (const name of await readdir(this.#dir)) {
      const path = join(this.#dir, name);
      if (name.startsWith('unfinished-')) await rm(path, { force: true });
      if (!FILE_NAME.test(name)) continue;
      const { size, mtimeMs } = await stat(path);
      if (size === sizeOf(name)) found.push({ name, usedMs: mtimeMs });
      else await rm(path, { force: true });
    }
    found.sort((a, b) => a.usedMs - b.usedMs);
    for (const { name } of found) {
      if (sizeOf(name) <= this.#maxBytes) this.#files.set(name.slice(0, 64), name);
      else await rm(join(this.#dir, name), { force: true });
    }
  }
}

/** An object on its way into the cache. What fails is reported and dropped, and never thrown. */
export interface ObjectCacheEntry {
  write(chunk: Uint8Array): Promise<void>;
  /** All of it was written. */
  keep(): Promise<void>;
  /** Takes it away again; content where it was kept or dropped already. */
  drop(): Promise<void>;
}

/** Name of an object's version in the cache. */
export function cacheId(uri: string, version: string): string {
  return createHash('sha256').update(`${uri}\0${version}`).digest('hex');
}

function sizeOf(name: string): number {
  return Number(FILE_NAME.exec(name)?.[1] ?? 0);
}
