/** A key file's content, as the Google Cloud console gives it. */
export interface GcsCredentials {
  readonly client_email: string;
  readonly private_key: string;
}

/** Who asks. Without any of these: application default credentials, found by the official client. */
export interface GcsAuthOptions {
  /** Path of a service account's key file. */
  readonly keyFilename?: string | undefined;
  readonly credentials?: GcsCredentials | undefined;
  /** Public buckets: send no credentials. */
  readonly anonymous?: boolean | undefined;
  /** Headers for each request, from your own source of tokens; `url` is the service's origin. Wins over the others. */
  readonly authorize?: ((url: string) => Promise<Readonly<Record<string, string>>>) | undefined;
}

export interface GcsObjectStoreOptions extends GcsAuthOptions {
  /** `gs://bucket` or `gs://bucket/prefix`. Names are taken as they are, without percent-encoding. */
  readonly root: string;
  /**
   * Another endpoint, such as an emulator (the value of `STORAGE_EMULATOR_HOST`) or a private one. No credentials are sent
   * there unless `authorize` gives some. Default `https://storage.googleapis.com`.
   */
  readonly apiEndpoint?: string | undefined;
  /** Project that pays, for buckets where the requester pays. */
  readonly userProject?: string | undefined;
  /** Connections open at a time; further requests wait. Default 32. */
  readonly maxSockets?: number | undefined;
  /** A connection without a byte for so long is given up, and the read goes on over another one. Default 15,000. */
  readonly idleTimeoutMs?: number | undefined;
  /** Without a byte of progress for so long, retries included, a call fails. Default twice `idleTimeoutMs`. */
  readonly giveUpAfterMs?: number | undefined;
  /** First wait before a retry; each further one doubles, with full jitter. Default 200. */
  readonly retryBaseMs?: number | undefined;
  /** Bytes asked for by one request. Default 4 MiB. */
  readonly pieceBytes?: number | undefined;
  /**
   * Pieces of one read under way at a time; a read holds at most `pieceBytes * piecesAhead`. Default 3: past 16 MiB, V8's
   * collector takes a third of the time of a download, because buffers outlive its young generation.
   */
  readonly piecesAhead?: number | undefined;
}

/** The options with their defaults, and the root taken apart. */
export interface GcsSettings {
  readonly root: string;
  readonly bucket: string;
  /** Empty, or ends in a slash. */
  readonly prefix: string;
  readonly endpoint: URL;
  readonly userProject: string | undefined;
  readonly maxSockets: number;
  readonly idleTimeoutMs: number;
  readonly giveUpAfterMs: number;
  readonly retryBaseMs: number;
  readonly pieceBytes: number;
  readonly piecesAhead: number;
}

export const DEFAULT_ENDPOINT = 'https://storage.googleapis.com';

export function gcsSettings(options: GcsObjectStoreOptions): GcsSettings {
  const match = /^gs:\/\/([^/]+)(?:\/(.*))?$/is.exec(options.root);
  if (match?.[1] === undefined)
    throw new TypeError(`A root is gs://bucket or gs://bucket/prefix, got ${options.root}`);
  const prefix = (match[2] ?? '').replace(/\/+$/, '');
  const endpoint = options.apiEndpoint ?? DEFAULT_ENDPOINT;
  const idleTimeoutMs = options.idleTimeoutMs ?? 15_000;
  return {
    root: prefix === '' ? `gs://${match[1]}` : `gs://${match[1]}/${prefix}`,
    bucket: match[1],
    prefix: prefix === '' ? '' : `${prefix}/`,
    endpoint: new URL(/^https?:\/\//i.test(endpoint) ? endpoint : `http://${endpoint}`),
    userProject: options.userProject,
    maxSockets: options.maxSockets ?? 32,
    idleTimeoutMs,
    giveUpAfterMs: options.giveUpAfterMs ?? 2 * idleTimeoutMs,
    retryBaseMs: options.retryBaseMs ?? 200,
    pieceBytes: options.pieceBytes ?? 4 * 1_048_576,
    piecesAhead: options.piecesAhead ?? 3,
  };
}
