import { DataVisError } from '@datavis/plugin-sdk';
import { DEFAULT_ENDPOINT } from './gcs-options.js';
import type { GcsObjectStoreOptions } from './gcs-options.js';

/** Gives the headers that prove who asks. */
export type Authorize = () => Promise<Readonly<Record<string, string>>>;

/**
 * Credentials are the official client's business: application default credentials, key files, refreshing of tokens. It is
 * loaded at the first request that needs it.
 */
export function createAuthorize(options: GcsObjectStoreOptions): Authorize {
  const endpoint = options.apiEndpoint ?? DEFAULT_ENDPOINT;
  const { authorize } = options;
  if (authorize !== undefined) return () => authorize(endpoint);
  if (options.anonymous === true || options.apiEndpoint !== undefined) return () => Promise.resolve({});
  let client: Promise<{ getRequestHeaders(url?: string): Promise<unknown> }> | undefined;
  return async () => {
    try {
      client ??= loadClient(options);
      return plainHeaders(await (await client).getRequestHeaders(endpoint));
    } catch (error) {
      client = undefined;
      // Errors of the client can hold the request with its assertion or token: nothing of them but the first line goes on.
      const reason = error instanceof Error ? error.message.split('\n', 1)[0] : 'unknown reason';
      throw new DataVisError(
        'DATAVIS_STORAGE_FORBIDDEN',
        `No credentials for Google Cloud Storage: ${redact(reason ?? '')}`,
        {
          place: { uri: options.root },
          hint: 'Run `gcloud auth application-default login`, or give a key file; for a public bucket, ask anonymously.',
        },
      );
    }
  };
}

async function loadClient(
  options: GcsObjectStoreOptions,
): Promise<{ getRequestHeaders(url?: string): Promise<unknown> }> {
  const { Storage } = await import('@google-cloud/storage');
  const { authClient } = new Storage({
    ...(options.keyFilename !== undefined && { keyFilename: options.keyFilename }),
    ...(options.credentials !== undefined && { credentials: { ...options.credentials } }),
  });
  return authClient;
}

/** An object in one version of the client, `Headers` in the next. */
function plainHeaders(headers: unknown): Record<string, string> {
  const entries = headers instanceof Headers ? [...headers.entries()] : Object.entries(headers ?? {});
  return Object.fromEntries(entries.map(([name, value]) => [name.toLowerCase(), String(value)]));
}

/** Key material and tokens, in whatever sentence they stand. */
export function redact(text: string): string {
  return text
    .replace(/-----BEGIN[\s\S]*?(-----END[^-]*-----|$)/g, '[key]')
    .replace(/\b(ya29\.|1\/\/|eyJ)[\w.~+/-]+=*/g, '[token]')
    .replace(/[A-Za-z0-9+/_-]{60,}={0,2}/g, '[secret]')
    .slice(0, 300);
}
