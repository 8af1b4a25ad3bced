import { DataVisError } from '@datavis/plugin-sdk';
import type {
  CallOptions,
  ObjectEntry,
  ObjectListOptions,
  ObjectReadOptions,
  ObjectStat,
  ObjectStore,
} from '@datavis/plugin-sdk';

const INDEX = 'index.txt';

function utf8Order(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** A folder of a web server, read-only. */
export class HttpStore implements ObjectStore {
  readonly root: string;
  readonly capabilities = { write: false, list: true, ranges: true, pinned: true };
  readonly #base: string;

  constructor(root: string) {
    this.root = root;
    this.#base = `${root.replace(/^static\+/, '').replace(/\/$/, '')}/`;
  }

  #url(key: string): string {
    // "." and ".." would be resolved by the URL parser and could lead out of the root.
    if (key.split('/').some((part) => part === '.' || part === '..')) {
      throw new DataVisError('DATAVIS_STORAGE_FORBIDDEN', `${key} is no key of ${this.root}`);
    }
    return this.#base + key.split('/').map(encodeURIComponent).join('/');
  }

  async #fetch(key: string, init: RequestInit): Promise<Response> {
    try {
      return await fetch(this.#url(key), init);
    } catch (error) {
      init.signal?.throwIfAborted();
      if (error instanceof DataVisError) throw error;
      throw new DataVisError('DATAVIS_STORAGE_UNAVAILABLE', `${this.root} does not answer`, { cause: error });
    }
  }

  async stat(key: string, { signal }: CallOptions = {}): Promise<ObjectStat | undefined> {
    const response = await this.#fetch(key, { method: 'HEAD', signal: signal ?? null });
    if (response.status === 404) return undefined;
    if (!response.ok) throw this.#refusal(key, response.status);
    return statOf(key, response);
  }

  async *read(key: string, options: ObjectReadOptions = {}): AsyncGenerator<Uint8Array> {
    const { start = 0, end, version, signal } = options;
    signal?.throwIfAborted();
    if (![start, end ?? 0].every((place) => Number.isSafeInteger(place) && place >= 0)) {
      throw new RangeError(`from ${start} to ${end ?? 'the end'} is no range`);
    }
    if (end !== undefined && end <= start) {
      if ((await this.stat(key, { signal })) === undefined) throw this.#refusal(key, 404);
      return;
    }
    const headers: Record<string, string> = { 'accept-encoding': 'identity' };
    if (start > 0 || end !== undefined) headers.range = `bytes=${start}-${end === undefined ? '' : end - 1}`;
    const response = await this.#fetch(key, { headers, signal: signal ?? null });
    if (response.status === 416) {
      await response.body?.cancel();
      return;
    }
    if (!response.ok) throw this.#refusal(key, response.status);
    if (version !== undefined && statOf(key, response).version !== version) {
      await response.body?.cancel();
      throw new DataVisError('DATAVIS_STORAGE_CHANGED', `${key} has changed`, { place: { uri: this.root } });
    }
    if (response.body !== null) yield* response.body as unknown as AsyncIterable<Uint8Array>;
    signal?.throwIfAborted();
  }

  async *list(prefix: string, { delimiter, after, signal }: ObjectListOptions = {}): AsyncGenerator<ObjectEntry> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of this.read(INDEX, { signal })) chunks.push(chunk);
    const keys = Buffer.concat(chunks)
      .toString('utf8')
      .split('\n')
      .filter((key) => key !== '' && key !== INDEX);
    let folder: string | undefined;
    for (const key of keys.sort(utf8Order)) {
      if (!key.startsWith(prefix)) continue;
      const cut = delimiter === undefined ? -1 : key.indexOf(delimiter, prefix.length);
      const name = cut < 0 ? key : key.slice(0, cut + 1);
      if (after !== undefined && utf8Order(name, after) <= 0) continue;
      signal?.throwIfAborted();
      if (cut >= 0) {
        if (name !== folder) yield { kind: 'prefix', key: name };
        folder = name;
        continue;
      }
      const stat = await this.stat(key, { signal });
      if (stat !== undefined) yield { kind: 'object', ...stat };
    }
  }

  write(): Promise<ObjectStat> {
    return Promise.reject(new DataVisError('DATAVIS_STORAGE_READ_ONLY', `${this.root} is read-only`));
  }

  delete(): Promise<void> {
    return Promise.reject(new DataVisError('DATAVIS_STORAGE_READ_ONLY', `${this.root} is read-only`));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #refusal(key: string, status: number): DataVisError {
    const place = { uri: this.root };
    if (status === 404) {
      return new DataVisError('DATAVIS_STORAGE_NOT_FOUND', `there is no ${key} in ${this.root}`, { place });
    }
    if (status === 401 || status === 403) {
      return new DataVisError('DATAVIS_STORAGE_FORBIDDEN', `${key} of ${this.root} may not be read`, { place });
    }
    return new DataVisError('DATAVIS_STORAGE_UNAVAILABLE', `${this.root} answers ${status} for ${key}`, { place });
  }
}

function statOf(key: string, response: Response): ObjectStat {
  const range = /\/(\d+)$/.exec(response.headers.get('content-range') ?? '');
  const size = Number(range?.[1] ?? response.headers.get('content-length') ?? 0);
  const modified = response.headers.get('last-modified');
  const type = response.headers.get('content-type');
  return {
    key,
    size,
    version: response.headers.get('etag') ?? `${modified ?? ''}-${size}`,
    ...(modified !== null && { modifiedMs: Date.parse(modified) }),
    ...(type !== null && { contentType: type }),
  };
}
