import { DataVisError } from '@datavis/plugin-sdk';
import type { CallOptions, ObjectStat, ObjectStore } from '@datavis/plugin-sdk';
import { RandomAccessReader, fromRandomAccessReaderPromise } from 'yauzl';
import type { Entry, ZipFile } from 'yauzl';
import { readAll } from '../object-store/bytes.js';
import { notFound, storeError } from '../object-store/errors.js';
import { compareUtf8 } from '../object-store/key-order.js';
import { objectUri } from '../object-store/uri.js';

export interface ZipLimits {
  /** Default 5,000,000. */
  readonly maxEntries: number;
  /** Unpacked bytes of all entries together. Default 1 TiB. */
  readonly maxUnpackedBytes: number;
  /** Unpacked to packed bytes of an entry of more than 64 MiB: JSON reaches 50, a bomb 1,000. Default 300. */
  readonly maxRatio: number;
}

export const DEFAULT_LIMITS: ZipLimits = { maxEntries: 5_000_000, maxUnpackedBytes: 2 ** 40, maxRatio: 300 };

const SMALL_ENTRY_BYTES = 67_108_864;
const SYMBOLIC_LINK = 0o120_000;

export interface ZipObject {
  readonly stat: ObjectStat;
  readonly entry: Entry;
}

export interface ZipDirectory {
  readonly zip: ZipFile;
  /** By key, in UTF-8 byte order. */
  readonly objects: ReadonlyMap<string, ZipObject>;
}

/** Reads the archive's directory, a few kilobytes at its end, and refuses what is damaged or hostile. */
export async function readZipDirectory(
  parent: ObjectStore,
  archive: ObjectStat,
  limits: ZipLimits,
  options: CallOptions,
): Promise<ZipDirectory> {
  const refuse = (message: string, cause?: unknown): DataVisError => {
    const uri = objectUri(parent.root, archive.key);
    return storeError('DATAVIS_STORAGE_ARCHIVE', parent.root, archive.key, message, {
      cause,
      hint: `Unpack ${uri} by hand and look.`,
    });
  };
  const reader = new StoreReader(parent, archive, options.signal);
  try {
    const zip = await fromRandomAccessReaderPromise(reader, archive.size, { autoClose: false });
    if (zip.entryCount > limits.maxEntries) throw refuse(`The archive has ${zip.entryCount} entries`);
    const objects = new Map<string, ZipObject>();
    let packed = 0;
    let unpacked = 0;
    for await (const entry of zip.eachEntry()) {
      options.signal?.throwIfAborted();
      packed += entry.compressedSize;
      unpacked += entry.uncompressedSize;
      // Entries that share their bytes unpack to any size.
      if (packed > archive.size) throw refuse('Entries of the archive overlap');
      if (unpacked > limits.maxUnpackedBytes)
        throw refuse(`The archive unpacks to more than ${limits.maxUnpackedBytes} bytes`);
      if (entry.uncompressedSize > Math.max(SMALL_ENTRY_BYTES, entry.compressedSize * limits.maxRatio)) {
        throw refuse(`An entry unpacks to ${entry.uncompressedSize} bytes from ${entry.compressedSize}`);
      }
      if (isFile(entry)) objects.set(entry.fileName, { entry, stat: statOf(entry, archive.version) });
    }
    reader.readAheadBytes = 0;
    return { zip, objects: new Map([...objects].sort(([a], [b]) => compareUtf8(a, b))) };
  } catch (error) {
    options.signal?.throwIfAborted();
    if (reader.failure !== undefined) throw reader.failure;
    // yauzl refuses absolute names, names with `..`, and damaged directories in plain errors.
    throw error instanceof DataVisError
      ? error
      : refuse(error instanceof Error ? error.message : 'Unreadable archive', error);
  }
}

/** Folders are implied by their files; a link's content is a path, which nothing here follows. */
function isFile(entry: Entry): boolean {
  return !entry.fileName.endsWith('/') && ((entry.externalFileAttributes >>> 16) & 0o170_000) !== SYMBOLIC_LINK;
}

function statOf(entry: Entry, archiveVersion: string): ObjectStat {
  return {
    key: entry.fileName,
    size: entry.uncompressedSize,
    version: `${archiveVersion}:${entry.crc32.toString(16)}`,
    modifiedMs: entry.getLastModDate().getTime(),
  };
}

/** Ranges of the archive for yauzl, always of the version that was opened. */
class StoreReader extends RandomAccessReader {
  /** What the store failed with; yauzl passes errors on, but not always unwrapped. */
  failure: Error | undefined;
  /** Once the directory is read, just what is asked for. */
  readAheadBytes = 1_048_576;
  #bytes: Uint8Array = new Uint8Array(0);
  #from = 0;
  readonly #parent: ObjectStore;
  readonly #archive: ObjectStat;
  readonly #signal: AbortSignal | undefined;

  constructor(parent: ObjectStore, archive: ObjectStat, signal: AbortSignal | undefined) {
    super();
    this.#parent = parent;
    this.#archive = archive;
    this.#signal = signal;
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null) => void,
  ): void {
    this.#window(position, position + length).then(
      (bytes) => {
        buffer.set(bytes, offset);
        callback(bytes.length === length ? null : notFound(this.#parent.root, this.#archive.key));
      },
      (error: unknown) => {
        this.failure = error instanceof Error ? error : new Error(String(error));
        callback(this.failure);
      },
    );
  }

  /** yauzl asks for the directory in two small reads an entry: a bucket is asked for a megabyte at a time. */
  async #window(start: number, end: number): Promise<Uint8Array> {
    const { key, version } = this.#archive;
    if (start < this.#from || end > this.#from + this.#bytes.length) {
      const until = Math.max(end, start + this.readAheadBytes);
      this.#bytes = await readAll(this.#parent.read(key, { start, end: until, version, signal: this.#signal }));
      this.#from = start;
    }
    return this.#bytes.subarray(start - this.#from, end - this.#from);
  }
}
