import { PassThrough } from 'node:stream';
import { createInflateRaw } from 'node:zlib';
import { crc32 } from '@node-rs/crc32';
import type {
  CallOptions,
  ObjectEntry,
  ObjectListOptions,
  ObjectReadOptions,
  ObjectStat,
  ObjectStore,
  ObjectStoreCapabilities,
} from '@datavis/plugin-sdk';
import { clampRange } from '../object-store/bytes.js';
import { changed, notFound, readOnly, storeError } from '../object-store/errors.js';
import { listSorted } from '../object-store/list-sorted.js';
import { isZlibError, unpackRange } from '../object-store/unpack.js';
import { objectUri } from '../object-store/uri.js';
import { DEFAULT_LIMITS, readZipDirectory } from './zip-directory.js';
import type { ZipDirectory, ZipLimits, ZipObject } from './zip-directory.js';

export type { ZipLimits } from './zip-directory.js';

/**
 * The files of a zip archive that lies in any other store, on a disk or in a bucket: only the directory and the entries
 * that are read are transferred. Names that lead out (zip-slip) and archives that unpack to absurd sizes are refused when
 * the archive is opened; a whole entry is held against its CRC-32.
 */
class ZipObjectStore implements ObjectStore {
  readonly root: string;
  readonly capabilities: ObjectStoreCapabilities = { write: false, list: true, ranges: false, pinned: true };
  readonly #parent: ObjectStore;
  readonly #archive: ObjectStat;
  readonly #directory: ZipDirectory;

  constructor(parent: ObjectStore, archive: ObjectStat, directory: ZipDirectory) {
    this.root = objectUri(parent.root, archive.key);
    this.#parent = parent;
    this.#archive = archive;
    this.#directory = directory;
  }

  async stat(key: string, options: CallOptions = {}): Promise<ObjectStat | undefined> {
    options.signal?.throwIfAborted();
    return this.#directory.objects.get(key)?.stat;
  }

  async *read(key: string, options: ObjectReadOptions = {}): AsyncGenerator<Uint8Array> {
    const { signal, version } = options;
    signal?.throwIfAborted();
    const object = this.#directory.objects.get(key);
    if (object === undefined) throw notFound(this.root, key);
    if (version !== undefined && version !== object.stat.version) throw changed(this.root, key);
    const { start, end } = clampRange(options, object.stat.size);
    if (end <= start) return;
    let crc = 0;
    let size = 0;
    const count = (chunk: Uint8Array): void => {
      crc = crc32(chunk, crc);
      size += chunk.length;
      if (size > object.stat.size) throw this.#damaged(key);
    };
    try {
      const packed = await this.#packed(object, signal);
      const unpacker =
        object.entry.compressionMethod === 0 ? new PassThrough() : createInflateRaw({ chunkSize: 262_144 });
      for await (const chunk of unpackRange(packed, unpacker, start, end, count)) {
        signal?.throwIfAborted();
        yield chunk;
        signal?.throwIfAborted();
        if (size >= end && end < object.stat.size) return;
      }
    } catch (error) {
      signal?.throwIfAborted();
      throw isZlibError(error) ? this.#damaged(key) : error;
    }
    if (size !== object.stat.size || crc !== object.entry.crc32) throw this.#damaged(key);
  }

  list(prefix: string, options: ObjectListOptions = {}): AsyncIterable<ObjectEntry> {
    const stats = [...this.#directory.objects.values()].map((object) => object.stat);
    return listSorted(stats, prefix, options);
  }

  async write(key: string): Promise<ObjectStat> {
    throw readOnly(this.root, key);
  }

  async delete(key: string): Promise<void> {
    throw readOnly(this.root, key);
  }

  close(): Promise<void> {
    return this.#parent.close();
  }

  /** The stored bytes of an entry, behind its local header. */
  async #packed(object: ZipObject, signal: AbortSignal | undefined): Promise<AsyncIterable<Uint8Array>> {
    const { entry } = object;
    if (entry.isEncrypted() || ![0, 8].includes(entry.compressionMethod)) {
      const kind = entry.isEncrypted() ? 'encrypted' : `packed by method ${entry.compressionMethod}`;
      throw storeError('DATAVIS_STORAGE_ARCHIVE', this.root, entry.fileName, `The entry is ${kind}`, {
        hint: 'Only stored and deflated entries without a password are read.',
      });
    }
    const { fileDataStart } = await this.#directory.zip.readLocalFileHeaderPromise(entry, { minimal: true });
    const { key, version } = this.#archive;
    return this.#parent.read(key, {
      start: fileDataStart,
      end: fileDataStart + entry.compressedSize,
      version,
      signal,
    });
  }

  #damaged(key: string): Error {
    return storeError('DATAVIS_STORAGE_CORRUPT', this.root, key, 'The entry does not match its checksum or size');
  }
}

/**
 * Opens the archive `key` of `parent`. Closing the store closes `parent`.
 *
 * @throws DataVisError `DATAVIS_STORAGE_ARCHIVE` for a damaged or hostile archive, `DATAVIS_STORAGE_NOT_FOUND` for none.
 */
export async function openZipStore(
  parent: ObjectStore,
  key: string,
  options: CallOptions & Partial<ZipLimits> = {},
): Promise<ObjectStore> {
  const archive = await parent.stat(key, options);
  if (archive === undefined) throw notFound(parent.root, key);
  const limits = { ...DEFAULT_LIMITS, ...options };
  return new ZipObjectStore(parent, archive, await readZipDirectory(parent, archive, limits, options));
}
