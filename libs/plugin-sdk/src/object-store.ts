/** What a store knows of one object without reading it. */
export interface ObjectStat {
  /** Key below the store's root, `/`-separated, exactly as stored (never normalised). */
  readonly key: string;
  readonly size: number;
  /** Changes whenever the bytes may have changed: the generation on GCS, mtime and size on disk. Opaque. */
  readonly version: string;
  readonly modifiedMs?: number;
  readonly contentType?: string;
  /** Stored compressed by the store itself: `size` and `crc32c` are those of the stored bytes, `read` gives the unpacked. */
  readonly contentEncoding?: 'gzip';
  /** CRC-32C of the bytes, big-endian base64 as GCS gives it, where the store knows it. */
  readonly crc32c?: string;
}

/** An entry of a listing: an object, or (with a delimiter) a common prefix that ends in the delimiter. */
export type ObjectEntry =
  (ObjectStat & { readonly kind: 'object' }) | { readonly kind: 'prefix'; readonly key: string };

/** Options of every call that may take long. */
export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
}

/** Which bytes of an object are read, and of which version. */
export interface ObjectReadOptions extends CallOptions {
  /** First byte. Default 0. */
  readonly start?: number | undefined;
  /** One past the last byte. Default: the object's end. A range beyond the end yields what there is. */
  readonly end?: number | undefined;
  /** Read only this version; another one is `DATAVIS_STORAGE_CHANGED`. Without it, the version at the first byte is pinned. */
  readonly version?: string | undefined;
}

/** Which entries of a store are listed, and how. */
export interface ObjectListOptions extends CallOptions {
  /** `'/'` lists one level: deeper keys are folded into prefixes. Default: all keys below. */
  readonly delimiter?: '/' | undefined;
  /** Only entries whose key comes after this one, in UTF-8 byte order: a listing goes on after its last entry. */
  readonly after?: string | undefined;
}

/** How an object is written. */
export interface ObjectWriteOptions extends CallOptions {
  readonly contentType?: string | undefined;
  /** Write only over this version (`null`: only if there is none); else `DATAVIS_STORAGE_CHANGED`. Default: always. */
  readonly ifVersion?: string | null | undefined;
}

/** What a store can do; the conformance suite runs just these parts. */
export interface ObjectStoreCapabilities {
  readonly write: boolean;
  readonly list: boolean;
  /** Ranges are read without transferring what lies before them. */
  readonly ranges: boolean;
  /** An old version is detected even when the object changes while it is read. */
  readonly pinned: boolean;
}

/**
 * A place that holds bytes under keys, rooted at a folder, a bucket prefix, an archive. No key can lead out of the root.
 *
 * Errors: `DATAVIS_STORAGE_NOT_FOUND`, `DATAVIS_STORAGE_FORBIDDEN` (out of the root, or no permission),
 * `DATAVIS_STORAGE_CHANGED`, `DATAVIS_STORAGE_CORRUPT` (checksum), `DATAVIS_STORAGE_UNAVAILABLE` (retries used up),
 * `DATAVIS_STORAGE_READ_ONLY`. An abort rejects with the signal's reason.
 */
export interface ObjectStore {
  /** Root as a URI, such as `file:///data/coco` or `gs://bucket/prefix`; never holds a secret. */
  readonly root: string;
  readonly capabilities: ObjectStoreCapabilities;
  /** `undefined` where there is no such object. */
  stat(key: string, options?: CallOptions): Promise<ObjectStat | undefined>;
  /** Bytes in order. Breaking out of the loop releases the file or socket. Chunks are the caller's to keep. */
  read(key: string, options?: ObjectReadOptions): AsyncIterable<Uint8Array>;
  /** Entries whose key starts with `prefix`, in UTF-8 byte order of their keys. */
  list(prefix: string, options?: ObjectListOptions): AsyncIterable<ObjectEntry>;
  /** Readers see the old object or the new one, never a part. */
  write(
    key: string,
    body: Uint8Array | AsyncIterable<Uint8Array>,
    options?: ObjectWriteOptions,
  ): Promise<ObjectStat>;
  /** Content where there is no such object. */
  delete(key: string, options?: CallOptions): Promise<void>;
  close(): Promise<void>;
}

/** Opens stores by URI. Plain paths and `file:` are local; other schemes are registered by the application or plugins. */
export interface ObjectStoreResolver {
  /** A store rooted at `uri` (a folder, prefix or archive). `DATAVIS_STORAGE_SCHEME` for an unknown scheme. */
  open(uri: string, options?: CallOptions): Promise<ObjectStore>;
}
