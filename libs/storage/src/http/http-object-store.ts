import { isDataVisError } from '@datavis/plugin-sdk';
import type {
  CallOptions,
  ObjectEntry,
  ObjectReadOptions,
  ObjectStat,
  ObjectStore,
  ObjectStoreCapabilities,
} from '@datavis/plugin-sdk';
import { HttpExchanger } from '../network/http-exchange.js';
import { readOnly, storeError } from '../object-store/errors.js';
import { PrivateAddressError, publicLookup } from './http-address.js';
import { checkUrl } from './http-policy.js';
import type { HttpPolicy } from './http-policy.js';
import { readHttp, statHttp } from './http-read.js';
import type { HttpSite } from './http-read.js';

export interface HttpObjectStoreOptions extends HttpPolicy {
  /** `https://host/folder`, percent-encoded, without a query. */
  readonly root: string;
  /** Redirects that are followed, each checked as the root was. Default 3. */
  readonly maxRedirects?: number | undefined;
  /** Connections open at a time to one host; further requests wait. Default 16. */
  readonly maxSockets?: number | undefined;
  /** A connection without a byte for so long is given up, and the read goes on over another one. Default 15,000. */
  readonly idleTimeoutMs?: number | undefined;
  /** Without a byte of progress for so long, retries included, a call fails. Default twice `idleTimeoutMs`. */
  readonly giveUpAfterMs?: number | undefined;
  /** First wait before a retry; each further one doubles, with full jitter. Default 200. */
  readonly retryBaseMs?: number | undefined;
}

/**
 * Objects below an HTTP(S) URL, for reading only and without listings. Only hosts of a list are asked, redirects
 * included, and no address of this machine or of a private network unless that is allowed. Sends no credentials.
 *
 * A version is the strong ETag or, on servers that give none, time and size; it is pinned by the first answer, and a read
 * that breaks off goes on at its byte, in the same version or not at all. There is no checksum to compare.
 *
 * @throws DataVisError `DATAVIS_STORAGE_FORBIDDEN` for what may not be asked, `_CHANGED`, `_NOT_FOUND`, `_UNAVAILABLE`
 * after `giveUpAfterMs` without progress, `_UNSUPPORTED` for a listing and for bodies that the server packs or whose size
 * it does not tell.
 *
 * @example
 * ```ts
 * import { HttpObjectStore } from '@datavis/storage/http';
 *
 * const store = new HttpObjectStore({ root: 'https://data.example.org/coco', allowHosts: ['data.example.org'] });
 * ```
 */
export class HttpObjectStore implements ObjectStore {
  readonly root: string;
  readonly capabilities: ObjectStoreCapabilities = { write: false, list: false, ranges: true, pinned: true };
  readonly #site: HttpSite;

  constructor(options: HttpObjectStoreOptions) {
    if (!URL.canParse(options.root)) throw new TypeError('A root is https://host/folder');
    const url = new URL(options.root);
    url.search = '';
    url.hash = '';
    url.username = '';
    url.password = '';
    this.root = url.href.replace(/\/+$/, '');
    if (/[?#]|\/\/[^/]*@/.test(options.root)) {
      throw storeError(
        'DATAVIS_STORAGE_FORBIDDEN',
        this.root,
        '',
        'A root has no query, fragment, user or password',
      );
    }
    checkUrl(url, options, this.root);
    const idleTimeoutMs = options.idleTimeoutMs ?? 15_000;
    const maxSockets = options.maxSockets ?? 16;
    const lookup = options.allowPrivateAddresses === true ? undefined : publicLookup;
    this.#site = {
      root: this.root,
      policy: options,
      maxRedirects: options.maxRedirects ?? 3,
      giveUpAfterMs: options.giveUpAfterMs ?? 2 * idleTimeoutMs,
      retryBaseMs: options.retryBaseMs ?? 200,
      http: new HttpExchanger({ idleTimeoutMs, maxSockets, lookup }),
    };
  }

  async stat(key: string, options: CallOptions = {}): Promise<ObjectStat | undefined> {
    options.signal?.throwIfAborted();
    if (!isPlainKey(key)) return undefined;
    try {
      return await statHttp(this.#site, key, options.signal);
    } catch (error) {
      if (isDataVisError(error, 'DATAVIS_STORAGE_NOT_FOUND')) return undefined;
      throw this.#named(key, error);
    }
  }

  async *read(key: string, options: ObjectReadOptions = {}): AsyncGenerator<Uint8Array> {
    options.signal?.throwIfAborted();
    if (!isPlainKey(key)) throw storeError('DATAVIS_STORAGE_FORBIDDEN', this.root, key, 'No name of an object');
    try {
      yield* readHttp(this.#site, key, options);
    } catch (error) {
      throw this.#named(key, error);
    }
  }

  // eslint-disable-next-line require-yield -- there is nothing to yield
  async *list(): AsyncGenerator<ObjectEntry> {
    throw storeError('DATAVIS_STORAGE_UNSUPPORTED', this.root, '', 'HTTP has no listings', {
      hint: 'Name the annotation file itself.',
    });
  }

  async write(key: string): Promise<ObjectStat> {
    throw readOnly(this.root, key);
  }

  async delete(key: string): Promise<void> {
    throw readOnly(this.root, key);
  }

  /** Closes the connections; calls under way fail. */
  async close(): Promise<void> {
    this.#site.http.close();
  }

  #named(key: string, error: unknown): unknown {
    if (!(error instanceof PrivateAddressError)) return error;
    return storeError('DATAVIS_STORAGE_FORBIDDEN', this.root, key, error.message, {
      cause: error,
      hint: 'allowPrivateAddresses lets it through.',
    });
  }
}

/** Names that a URL or a server would take for another one are none: empty parts, `.` and `..`. */
function isPlainKey(key: string): boolean {
  return !/\p{Surrogate}|\0/u.test(key) && key.split('/').every((part) => !['', '.', '..'].includes(part));
}
