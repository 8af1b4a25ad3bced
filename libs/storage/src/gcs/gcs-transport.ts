import * as http from 'node:http';
import * as https from 'node:https';
import type { Authorize } from './gcs-auth.js';
import type { GcsSettings } from './gcs-options.js';

export interface GcsRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Path and query, encoded; or the URL of an upload session. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: Uint8Array | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface GcsResponse {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  /** Must be read to its end, or left by `break`. */
  readonly body: AsyncIterable<Uint8Array>;
}

/** A connection that said nothing for the idle limit. Retried. */
export class StalledError extends Error {
  override readonly name = 'StalledError';
}

/**
 * One exchange over HTTP that cannot hang: a watchdog from the moment the request has its socket to the last byte. Sockets
 * are bounded and belong to this object; an abort or a break destroys the socket at once.
 */
export class GcsTransport {
  readonly #settings: GcsSettings;
  readonly #authorize: Authorize;
  readonly #agent: http.Agent;

  constructor(settings: GcsSettings, authorize: Authorize) {
    const options = { keepAlive: true, maxSockets: settings.maxSockets, maxFreeSockets: settings.maxSockets };
    this.#settings = settings;
    this.#authorize = authorize;
    this.#agent = settings.endpoint.protocol === 'https:' ? new https.Agent(options) : new http.Agent(options);
  }

  /** @param onSocket told when the request leaves the queue: only from then on is time its own. */
  async exchange(request: GcsRequest, onSocket?: () => void): Promise<GcsResponse> {
    const { signal } = request;
    signal?.throwIfAborted();
    const authorization = await this.#authorize();
    signal?.throwIfAborted();
    const { endpoint, idleTimeoutMs } = this.#settings;
    const module = endpoint.protocol === 'https:' ? https : http;
    const outgoing = module.request({
      agent: this.#agent,
      host: endpoint.hostname.replace(/^\[|\]$/g, ''),
      port: endpoint.port === '' ? undefined : Number(endpoint.port),
      method: request.method,
      path: request.path,
      headers: {
        ...authorization,
        ...request.headers,
        ...(request.body !== undefined && { 'content-length': request.body.length }),
      },
    });
    const watchdog = new Watchdog(idleTimeoutMs, () =>
      outgoing.destroy(new StalledError('The connection fell silent')),
    );
    const onAbort = (): void => void outgoing.destroy();
    signal?.addEventListener('abort', onAbort, { once: true });
    const release = (): void => {
      watchdog.stop();
      signal?.removeEventListener('abort', onAbort);
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
    this.#agent.destroy();
  }
}

/** The timer runs only while a byte is waited for: a slow consumer is no fault of the connection. */
async function* watched(
  response: http.IncomingMessage,
  watchdog: Watchdog,
  release: () => void,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  try {
    watchdog.start();
    for await (const chunk of response as AsyncIterable<Buffer>) {
      watchdog.stop();
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

class Watchdog {
  readonly #ms: number;
  readonly #bark: () => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(ms: number, bark: () => void) {
    this.#ms = ms;
    this.#bark = bark;
  }

  start(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#bark, this.#ms);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
