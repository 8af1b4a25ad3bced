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
import { bodyChunks, clampRange, readAll } from './bytes.js';
import { changed, notFound, unnamed } from './errors.js';
import { compareUtf8 } from './key-order.js';
import { listSorted } from './list-sorted.js';

export interface MemoryObjectStoreOptions {
  /** Default `memory://`. */
  readonly root?: string | undefined;
  /** Objects to begin with, by key. The bytes are not copied. */
  readonly objects?: Readonly<Record<string, Uint8Array>> | undefined;
  /** Largest piece that a read yields. Default 64 KiB. */
  readonly chunkBytes?: number | undefined;
}

interface StoredObject {
  readonly bytes: Uint8Array;
  readonly stat: ObjectStat;
}

/** Objects in memory: for tests, examples and small scratch data. Keys are opaque; a version is a counter. */
export class MemoryObjectStore implements ObjectStore {
  readonly root: string;
  readonly capabilities: ObjectStoreCapabilities = { write: true, list: true, ranges: true, pinned: true };
  readonly #chunkBytes: number;
  readonly #objects = new Map<string, StoredObject>();
  #writes = 0;

  constructor(options: MemoryObjectStoreOptions = {}) {
    this.root = options.root ?? 'memory://';
    this.#chunkBytes = options.chunkBytes ?? 65_536;
    for (const [key, bytes] of Object.entries(options.objects ?? {})) this.#put(key, bytes, undefined);
  }

  async stat(key: string, options: CallOptions = {}): Promise<ObjectStat | undefined> {
    options.signal?.throwIfAborted();
    return this.#objects.get(key)?.stat;
  }

  async *read(key: string, options: ObjectReadOptions = {}): AsyncGenerator<Uint8Array> {
    options.signal?.throwIfAborted();
    const object = this.#objects.get(key);
    if (object === undefined) throw notFound(this.root, key);
    if (options.version !== undefined && options.version !== object.stat.version) throw changed(this.root, key);
    const { start, end } = clampRange(options, object.bytes.length);
    for (let at = start; at < end; at += this.#chunkBytes) {
      yield object.bytes.slice(at, Math.min(end, at + this.#chunkBytes));
      options.signal?.throwIfAborted();
    }
  }

  list(prefix: string, options: ObjectListOptions = {}): AsyncIterable<ObjectEntry> {
    const stats = [...this.#objects.values()].map((object) => object.stat);
    return listSorted(
      stats.sort((x, y) => compareUtf8(x.key, y.key)),
      prefix,
      options,
    );
  }

  async write(
    key: string,
    body: Uint8Array | AsyncIterable<Uint8Array>,
    options: ObjectWriteOptions = {},
  ): Promise<ObjectStat> {
    const { signal, ifVersion } = options;
    if (key === '') throw unnamed(this.root);
    const bytes = await readAll(abortable(bodyChunks(body), signal));
    if (ifVersion !== undefined && (this.#objects.get(key)?.stat.version ?? null) !== ifVersion) {
      throw changed(this.root, key);
    }
    return this.#put(key, bytes === body ? bytes.slice() : bytes, options.contentType);
  }

  async delete(key: string, options: CallOptions = {}): Promise<void> {
    options.signal?.throwIfAborted();
    this.#objects.delete(key);
  }

  async close(): Promise<void> {
    this.#objects.clear();
  }

  #put(key: string, bytes: Uint8Array, contentType: string | undefined): ObjectStat {
    this.#writes++;
    const stat: ObjectStat = {
      key,
      size: bytes.length,
      version: String(this.#writes),
      ...(contentType === undefined ? {} : { contentType }),
    };
    this.#objects.set(key, { bytes, stat });
    return stat;
  }
}

async function* abortable(
  source: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  signal?.throwIfAborted();
  for await (const chunk of source) {
    signal?.throwIfAborted();
    yield chunk;
  }
  signal?.throwIfAborted();
}
