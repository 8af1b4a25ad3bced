import { HttpExchanger } from '../network/http-exchange.js';
import type { HttpRequest, HttpResponse } from '../network/http-exchange.js';
import type { Authorize } from './gcs-auth.js';
import type { GcsSettings } from './gcs-options.js';

export type GcsRequest = Omit<HttpRequest, 'origin'>;

/** Exchanges with the service, each with the credentials of the moment. */
export class GcsTransport {
  readonly #origin: URL;
  readonly #authorize: Authorize;
  readonly #http: HttpExchanger;

  constructor(settings: GcsSettings, authorize: Authorize) {
    this.#origin = settings.endpoint;
    this.#authorize = authorize;
    this.#http = new HttpExchanger(settings);
  }

  /** @param onSocket told when the request leaves the queue: only from then on is time its own. */
  async exchange(request: GcsRequest, onSocket?: () => void): Promise<HttpResponse> {
    request.signal?.throwIfAborted();
    const authorization = await this.#authorize();
    const headers = { ...authorization, ...request.headers };
    return this.#http.exchange({ ...request, origin: this.#origin, headers }, onSocket);
  }

  /** Closes all connections, those in use too. */
  close(): void {
    this.#http.close();
  }
}
