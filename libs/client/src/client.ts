import createFetchClient from 'openapi-fetch';
import type { Client } from 'openapi-fetch';
import type { paths } from './schema.js';

export interface DataVisClientOptions {
  /** Such as `http://127.0.0.1:8080`. */
  readonly baseUrl: string;
  /** Secret of the server, where it asks for one. */
  readonly token?: string;
  /** Default: the platform's `fetch`. */
  readonly fetch?: typeof globalThis.fetch;
}

/** Typed calls: `client.GET('/v1/datasets')` knows its parameters, its answer and its errors. */
export type DataVisClient = Client<paths>;

/**
 * A client of one server.
 *
 * @example
 * ```ts
 * import { createDataVisClient, unwrap } from '@datavis/client';
 *
 * const client = createDataVisClient({ baseUrl: 'http://127.0.0.1:8080' });
 * async function names(): Promise<string[]> {
 *   const { items } = unwrap(await client.GET('/v1/datasets'));
 *   return items.map(({ name }) => name);
 * }
 * ```
 */
export function createDataVisClient({ baseUrl, token, fetch }: DataVisClientOptions): DataVisClient {
  return createFetchClient<paths>({
    baseUrl,
    ...(token !== undefined && { headers: { authorization: `Bearer ${token}` } }),
    ...(fetch !== undefined && { fetch: (request: Request) => fetch(request) }),
  });
}
