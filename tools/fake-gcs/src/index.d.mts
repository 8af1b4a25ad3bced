/** Kind of a request, as the server sees it. `session` is a piece of a resumable upload. */
export type RequestKind = 'media' | 'metadata' | 'list' | 'delete' | 'upload' | 'session' | 'unknown';

/** One thing that goes wrong. Without `on`, it waits for the next download. `times` is 1 unless told. */
export type Fault = {
  readonly on?: RequestKind;
  /** Only for this object. */
  readonly name?: string;
  readonly times?: number;
} & (
  | { readonly kind: 'status'; readonly status: number; /** Seconds. */ readonly retryAfter?: number }
  /** No answer at all; the connection stays open. */
  | { readonly kind: 'hang' | 'reset-before' }
  /** After so many bytes of the body: end of the connection, its reset, or silence. */
  | { readonly kind: 'fin' | 'reset' | 'stall'; readonly afterBytes: number }
  /** One byte changed, or a body (and Content-Length) that ends early. */
  | { readonly kind: 'corrupt' | 'short'; readonly afterBytes: number }
  /** The object gets these bytes, and a new generation, before the request is answered. */
  | { readonly kind: 'change'; readonly bytes: Uint8Array }
);

export interface FakeObject {
  readonly name: string;
  readonly bytes: Buffer;
  readonly contentType: string;
  readonly contentEncoding: string | undefined;
  readonly generation: string;
  readonly crc32c: string;
}

export interface FakeRequest {
  readonly method: string;
  readonly kind: RequestKind;
  readonly bucket: string | undefined;
  readonly name: string | undefined;
  /** The Range header as it came. */
  readonly range: string | undefined;
  readonly query: URLSearchParams;
}

export interface FakeGcs {
  /** Give it to a client as `apiEndpoint`, or to others as `STORAGE_EMULATOR_HOST`. */
  readonly url: string;
  readonly faults: { add(...faults: Fault[]): void; clear(): void; readonly used: number };
  /** All requests so far, oldest first. */
  readonly requests: FakeRequest[];
  readonly openSockets: number;
  readonly openUploads: number;
  /** Bytes written to all sockets, headers included. */
  readonly bytesSent: number;
  createBucket(name: string): void;
  /** Stores an object (and makes the bucket); gives back its generation. */
  put(
    bucket: string,
    name: string,
    bytes: Uint8Array,
    metadata?: { contentType?: string; contentEncoding?: string },
  ): string;
  get(bucket: string, name: string): FakeObject | undefined;
  close(): Promise<void>;
}

export interface FakeGcsOptions {
  /** Default 0: any free one. */
  readonly port?: number;
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Bearer token that every request must carry. Default: none is asked for. */
  readonly token?: string;
}

/** Starts a Google Cloud Storage server in this process, with no buckets. */
export function startFakeGcs(options?: FakeGcsOptions): Promise<FakeGcs>;
