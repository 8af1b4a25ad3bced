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
import { notFound, unnamed } from '../object-store/errors.js';
import { compareUtf8 } from '../object-store/key-order.js';
import { FIELDS, apiPath, call, parseResource, toStat } from './gcs-api.js';
import type { GcsResource } from './gcs-api.js';
import { createAuthorize } from './gcs-auth.js';
import { gcsSettings } from './gcs-options.js';
import type { GcsObjectStoreOptions, GcsSettings } from './gcs-options.js';
import { readGcs } from './gcs-read.js';
import { GcsTransport } from './gcs-transport.js';
import { writeGcs } from './gcs-write.js';

export type { GcsAuthOptions, GcsCredentials, GcsObjectStoreOptions } from './gcs-options.js';

interface ObjectPage {
  readonly nextPageToken?: string;
  readonly prefixes?: readonly string[];
  readonly items?: readonly GcsResource[];
}

/**
 * Objects below `gs://bucket/prefix`. Keys are opaque: `..`, `\` and `%2e` are characters of a name.
 *
 * A read cannot hang (every wait has an idle limit), cannot mix two generations (the first answer pins one), goes on where
 * a connection broke, and compares the checksum of whole objects; it holds at most `pieceBytes * piecesAhead` bytes. An
 * object stored with `Content-Encoding: gzip` is read unpacked, and its `size` counts the stored bytes.
 *
 * @throws DataVisError `DATAVIS_STORAGE_CHANGED`, `_CORRUPT`, `_FORBIDDEN`, `_NOT_FOUND`, or `_UNAVAILABLE` after
 * `giveUpAfterMs` without progress.
 */
export class GcsObjectStore implements ObjectStore {
  readonly root: string;
  readonly capabilities: ObjectStoreCapabilities = { write: true, list: true, ranges: true, pinned: true };
  readonly #settings: GcsSettings;
  readonly #transport: GcsTransport;

  constructor(options: GcsObjectStoreOptions) {
    this.#settings = gcsSettings(options);
    this.root = this.#settings.root;
    this.#transport = new GcsTransport(this.#settings, createAuthorize(options));
  }

  async stat(key: string, options: CallOptions = {}): Promise<ObjectStat | undefined> {
    options.signal?.throwIfAborted();
    if (key === '') return undefined;
    const path = apiPath(this.#settings, this.#settings.prefix + key, { fields: FIELDS });
    const request = { method: 'GET' as const, path, signal: options.signal };
    try {
      const { body } = await call(this.#transport, this.#settings, key, request, 200);
      return toStat(this.#settings, parseResource(body));
    } catch (error) {
      if (isDataVisError(error, 'DATAVIS_STORAGE_NOT_FOUND')) return undefined;
      throw error;
    }
  }

  async *read(key: string, options: ObjectReadOptions = {}): AsyncGenerator<Uint8Array> {
    if (key === '') throw notFound(this.root, key);
    yield* readGcs(this.#transport, this.#settings, key, options);
  }

  async *list(prefix: string, options: ObjectListOptions = {}): AsyncGenerator<ObjectEntry> {
    const { after, delimiter, signal } = options;
    const own = this.#settings.prefix;
    let pageToken: string | undefined;
    do {
      signal?.throwIfAborted();
      const path = apiPath(this.#settings, undefined, {
        prefix: own + prefix,
        delimiter,
        startOffset: after === undefined ? undefined : own + after,
        pageToken,
        fields: `nextPageToken,prefixes,items(${FIELDS})`,
      });
      const { body } = await call(this.#transport, this.#settings, prefix, { method: 'GET', path, signal }, 200);
      const page = JSON.parse(Buffer.from(body).toString()) as ObjectPage;
      const entries: ObjectEntry[] = [
        ...(page.items ?? []).map((item): ObjectEntry => ({ kind: 'object', ...toStat(this.#settings, item) })),
        ...(page.prefixes ?? []).map((name): ObjectEntry => ({ kind: 'prefix', key: name.slice(own.length) })),
      ].sort((a, b) => compareUtf8(a.key, b.key));
      for (const entry of entries) {
        signal?.throwIfAborted();
        if (entry.key !== '' && (after === undefined || compareUtf8(entry.key, after) > 0)) yield entry;
      }
      pageToken = page.nextPageToken;
    } while (pageToken !== undefined);
  }

  async write(
    key: string,
    body: Uint8Array | AsyncIterable<Uint8Array>,
    options: ObjectWriteOptions = {},
  ): Promise<ObjectStat> {
    if (key === '') throw unnamed(this.root);
    return writeGcs(this.#transport, this.#settings, key, body, options);
  }

  async delete(key: string, options: CallOptions = {}): Promise<void> {
    const path = apiPath(this.#settings, this.#settings.prefix + key, {});
    const request = { method: 'DELETE' as const, path, signal: options.signal };
    await call(this.#transport, this.#settings, key, request, 200, 204, 404);
  }

  /** Closes the connections; calls under way fail. */
  async close(): Promise<void> {
    this.#transport.close();
  }
}
