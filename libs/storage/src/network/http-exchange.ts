import * as http from 'node:http';
import * as https from 'node:https';
import type { LookupFunction } from 'node:net';
import { followAbort } from './follow-abort.js';
import { Watchdog } from './watchdog.js';

export interface HttpRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE';
  /** Scheme, host and port. */
  readonly origin: URL;
  /** Path and query, encoded; sent as it is. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: Uint8Array | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  /** Must be read to its end, or left by `break`. */
  readonly body: AsyncIterable<Uint8Array>;
}

export interface HttpExchangerOptions {
  /** A connection without a byte for so long is given up. */
  readonly idleTimeoutMs: number;
  /** Connections open at a time, to one host; further requests wait. */
  readonly maxSockets: number;
  /** Finds the addresses of a host. Default: the system. */
  readonly lookup?: LookupFunction | undefined;
}

/** A connection that said nothing for the idle limit. Worth another try. */
export class StalledError extends Error {
  override readonly name = 'StalledError';
}

/**
 * Exchanges over HTTP that cannot hang: a watchdog listens from the moment a request has its socket to the last byte.
 * Sockets are bounded and belong to this object; an abort or a break destroys the socket at once.
 */
export class HttpExchanger {
  readonly #options: HttpExchangerOptions;
  readonly #agents: Readonly<Record<string, http.Agent>>;

  constructor(options: HttpExchangerOptions) {
    const { maxSockets, lookup } = options;
    const agentOptions = { keepAlive: true, maxSockets, maxFreeSockets: maxSockets, ...(lookup && { lookup }) };
    this.#options = options;
    this.#agents = { 'http:': new http.Agent(agentOptions), 'https:': new https.Agent(agentOptions) };
  }

  /** @param onSocket told when the request leaves the queue: only from then on is time its own. */
  async exchange(request: HttpRequest, onSocket?: () => void): Promise<HttpResponse> {
    const { origin, signal } = request;
    signal?.throwIfAborted();
    const outgoing = (origin.protocol === 'https:' ? https : http).request({
      agent: this.#agents[origin.protocol],
      host: origin.hostname.replace(/^\[|\]$/g, ''),
      port: origin.port === '' ? undefined : Number(origin.port),
      method: request.method,
      path: request.path,
      headers: {
        ...request.headers,
        ...(request.body !== undefined && { 'content-length': request.body.length }),
      },
    });
    const watchdog = new Watchdog(this.#options.idleTimeoutMs, () =>
      outgoing.destroy(new StalledError('The connection fell silent')),
    );
    const unfollow = followAbort(signal, () => void outgoing.destroy());
    const release = (): void => {
      watchdog.end();
      unfollow();
    };
    try {
      const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
        outgoing.once('socket', (socket) => {
          watchdog.start();
          onSocket?.();
          // An upload makes progress when the socket takes bytes.
          if (request.body !== undefined)
            socket.on('drain', () => {
              watchdog.start();
            });
        });
        outgoing.once('response', resolve);
        outgoing.on('error', reject); // Stays: a late error must not be unhandled.
        outgoing.end(request.body);
      });
      return {
        status: response.statusCode ?? 0,
        headers: response.headers,
        body: watched(response, watchdog, release, signal),
      };
    } catch (error) {
      release();
      signal?.throwIfAborted();
      throw error;
    }
  }

  /** Closes all connections, those in use too. */
  close(): void {
    for (const agent of Object.values(this.#agents)) agent.destroy();
  }
}

/** The watchdog listens only while a byte is waited for: a slow consumer is no fault of the connection. */
async function* watched(
  response: http.IncomingMessage,
  watchdog: Watchdog,
  release: () => void,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  try {
    watchdog.start();
    for await (const chunk of response as AsyncIterable<Buffer>) {
      watchdog.pause();
      yield chunk;
      watchdog.start();
    }
    signal?.throwIfAborted();
    if (!response.complete) throw new Error('The connection ended before the body');
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    release();
    if (!response.complete) response.destroy();
  }
}

/** Reads what is left, so that the connection can be used again; of a long body no more than a part. */
export async function drain(response: HttpResponse | undefined): Promise<void> {
  if (response === undefined) return;
  for await (const chunk of response.body) if (chunk.length > 65_536) break;
}
