import type { FastifyBaseLogger } from 'fastify';

/** Bounds of one server. Every one has a default that suits one machine. */
export interface ApiLimits {
  /** Largest request body in bytes. Default 256 KiB. */
  readonly bodyMaxBytes: number;
  /** Deepest nesting of a JSON body. Default 32. */
  readonly jsonMaxDepth: number;
  /** Time to receive a whole request. Default 30,000 ms. */
  readonly requestTimeoutMs: number;
  /** Time a query may take, its turn included, before it is interrupted. Default 30,000 ms. */
  readonly queryTimeoutMs: number;
  /** Time that a client may take nothing of a streamed answer before it is cut off. Default 30,000 ms. */
  readonly stallTimeoutMs: number;
  /** Heavy queries (statistics, duplicates, sheets, operations) at once. Default 2. */
  readonly heavyConcurrency: number;
  /** Answers of any length (lists as streams, exports) at once: they last as long as their clients read. Default 4. */
  readonly streamConcurrency: number;
  /** Heavy queries, and streams, that may wait; further ones get 503. Default 32. */
  readonly heavyQueue: number;
  /** Pages read at once; the rest wait. They share libuv's threads with imports and pictures. Default 6. */
  readonly pageConcurrency: number;
  /** Requests per client address and second; 0 = no limit. Default 0 on loopback, 500 elsewhere. */
  readonly requestsPerSecond: number;
  /** Requests per client address and minute to routes that start work (imports, exports, snapshots, operations). Default 120. */
  readonly jobsPerMinute: number;
  /** Open connections. Default 1,000. */
  readonly maxConnections: number;
  /** Time that running answers get when the server closes. Default 10,000 ms. */
  readonly shutdownTimeoutMs: number;
  /** How long a picture's version is believed before its store is asked again. Default 5,000 ms. */
  readonly mediaFreshnessMs: number;
}

/** How an API is served. Nothing is read from the environment here: see config.ts. */
export interface ApiOptions {
  /** Address to listen on. Default 127.0.0.1. Any other than loopback needs {@link token}. */
  readonly host?: string;
  /** Default 8080; 0 takes a free port. */
  readonly port?: number;
  /** Secret that every request must carry, at least 16 characters. Default: none, on loopback only. */
  readonly token?: string;
  /** Host names besides loopback and plain IP addresses under which this server is reached, without port. */
  readonly allowedHosts?: readonly string[];
  /** Folders and URIs (`gs://bucket/prefix`) below which imports may read. Default: none, so imports over HTTP are refused. */
  readonly roots?: readonly string[];
  /** File that keeps the list of import jobs over restarts. Default: memory only. */
  readonly jobsFile?: string;
  /** File that keeps the list of tasks (snapshots, verifications) over restarts. Default: memory only. */
  readonly tasksFile?: string;
  readonly limits?: Partial<ApiLimits>;
  /** Default: silent. */
  readonly logger?: FastifyBaseLogger;
  /** Version shown in /openapi.json and /health. Default: the version of this package. */
  readonly version?: string;
}

export function resolveLimits(limits: Partial<ApiLimits> | undefined, onLoopback: boolean): ApiLimits {
  return {
    bodyMaxBytes: 256 * 1024,
    jsonMaxDepth: 32,
    requestTimeoutMs: 30_000,
    queryTimeoutMs: 30_000,
    stallTimeoutMs: 30_000,
    heavyConcurrency: 2,
    streamConcurrency: 4,
    heavyQueue: 32,
    pageConcurrency: 6,
    requestsPerSecond: onLoopback ? 0 : 500,
    jobsPerMinute: 120,
    maxConnections: 1000,
    shutdownTimeoutMs: 10_000,
    mediaFreshnessMs: 5000,
    ...limits,
  };
}
