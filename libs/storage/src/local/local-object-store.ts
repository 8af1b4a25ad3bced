import { stat, unlink } from 'node:fs/promises';
import { realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type {
  CallOptions,
  ObjectEntry,
  ObjectListOptions,
  ObjectReadOptions,
  ObjectStat,
  ObjectStore,
  ObjectStoreCapabilities,
  ObjectWriteOptions,
} from '@datavis/plugin-sdk';
import { isDataVisError } from '@datavis/plugin-sdk';
import { storeError } from '../object-store/errors.js';
import { ioError, isMissing, resolveInside, systemCode } from './local-path.js';
import type { LocalRoots } from './local-path.js';
import { listLocal } from './local-list.js';
import { readLocal, versionOf } from './local-read.js';
import { writeLocal } from './local-write.js';
import { makeFolder } from './make-folder.js';

export { makeFolder };

export interface LocalObjectStoreOptions {
  /** Folder, as a path or `file:` URI. Need not exist before the first write. */
  readonly root: string;
  /** Further folders that symbolic links below the root may lead to. Default: none. */
  readonly allowLinksTo?: readonly string[] | undefined;
  /** Largest piece that a read yields; up to three are held at a time. Default 1 MiB. */
  readonly chunkBytes?: number | undefined;
  /** Flush a written file to the disk before it gets its name, to survive a power cut. Default true. */
  readonly durable?: boolean | undefined;
}

/**
 * Files below a folder. Whatever the key and whatever links lie on the way, nothing outside the root (and `allowLinksTo`)
 * is read or written, and only regular files are: no device, no pipe.
 *
 * The version of a file is the time of its last write (in nanoseconds) and its size.
 *
 * @throws DataVisError `DATAVIS_STORAGE_FORBIDDEN` for a way out of the root, `DATAVIS_STORAGE_IO` for errors of the disk.
 * @example
 * ```ts
 * import { LocalObjectStore } from '@datavis/storage/local';
 *
 * const store = new LocalObjectStore({ root: '.' });
 * for await (const chunk of store.read('package.json')) console.log(chunk.length);
 * ```
 */
export class LocalObjectStore implements ObjectStore {
  readonly root: string;
  readonly capabilities: ObjectStoreCapabilities = { write: true, list: true, ranges: true, pinned: true };
  readonly #folder: string;
  readonly #allowLinksTo: readonly string[];
  readonly #chunkBytes: number;
  readonly #durable: boolean;
  #roots: LocalRoots | undefined;

  constructor(options: LocalObjectStoreOptions) {
    this.#folder = resolve(options.root.startsWith('file:') ? fileURLToPath(options.root) : options.root);
    this.root = pathToFileURL(this.#folder).href;
    this.#allowLinksTo = options.allowLinksTo ?? [];
    this.#chunkBytes = options.chunkBytes ?? 1_048_576;
    this.#durable = options.durable ?? true;
  }

  async stat(key: string, options: CallOptions = {}): Promise<ObjectStat | undefined> {
    options.signal?.throwIfAborted();
    try {
      const stats = await stat(await resolveInside(this.#realRoots(), key), { bigint: true });
      if (!stats.isFile()) return undefined;
      return { key, size: Number(stats.size), version: versionOf(stats), modifiedMs: Number(stats.mtimeMs) };
    } catch (error) {
      if (isMissing(error) || isDataVisError(error, 'DATAVIS_STORAGE_NOT_FOUND')) return undefined;
      throw isDataVisError(error) ? error : ioError(this.#realRoots(), key, error);
    }
  }

  read(key: string, options: ObjectReadOptions = {}): AsyncIterable<Uint8Array> {
    return readLocal(this.#realRoots(), key, options, this.#chunkBytes);
  }

  list(prefix: string, options: ObjectListOptions = {}): AsyncIterable<ObjectEntry> {
    return listLocal(this.#realRoots(), prefix, options);
  }

  async write(
    key: string,
    body: Uint8Array | AsyncIterable<Uint8Array>,
    options: ObjectWriteOptions = {},
  ): Promise<ObjectStat> {
    options.signal?.throwIfAborted();
    // The root is the caller's choice: the first write makes it, so that links on the way to it are known from then on.
    if (realOf(this.#folder) === undefined) {
      await makeFolder(this.#folder).catch((error: unknown) => {
        throw folderError(this.#realRoots(), key, error);
      });
    }
    return writeLocal(this.#realRoots(), key, body, options, this.#durable);
  }

  async delete(key: string, options: CallOptions = {}): Promise<void> {
    options.signal?.throwIfAborted();
    const roots = this.#realRoots();
    try {
      await unlink(await resolveInside(roots, key));
    } catch (error) {
      if (isMissing(error) || isDataVisError(error, 'DATAVIS_STORAGE_NOT_FOUND')) return;
      throw isDataVisError(error) ? error : ioError(roots, key, error);
    }
  }

  async close(): Promise<void> {
    // Every read holds its own file, and closes it.
  }

  /** Found at the first use, and again until the root exists. */
  #realRoots(): LocalRoots {
    if (this.#roots !== undefined) return this.#roots;
    const root = realOf(this.#folder);
    const roots: LocalRoots = {
      uri: this.root,
      root: root ?? this.#folder,
      allowed: [root ?? this.#folder, ...this.#allowLinksTo.map((folder) => realOf(folder) ?? resolve(folder))],
    };
    if (root !== undefined) this.#roots = roots;
    return roots;
  }
}

function folderError(roots: LocalRoots, key: string, error: unknown): Error {
  if (!isMissing(error)) return ioError(roots, key, error);
  return storeError('DATAVIS_STORAGE_IO', roots.uri, key, `Its folder cannot be made (${systemCode(error)})`, {
    cause: error,
    hint: 'Name a folder that is there, or one below it.',
  });
}

function realOf(folder: string): string | undefined {
  try {
    return realpathSync(folder);
  } catch {
    return undefined;
  }
}

/** Opener of `file:` URIs and plain paths for `createObjectStoreResolver`. */
export async function openLocalStore(uri: string): Promise<ObjectStore> {
  return new LocalObjectStore({ root: uri });
}
