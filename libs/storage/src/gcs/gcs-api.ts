import type { ObjectStat } from '@datavis/plugin-sdk';
import type { HttpResponse } from '../network/http-exchange.js';
import { Patience } from '../network/patience.js';
import { readAll } from '../object-store/bytes.js';
import type { GcsSettings } from './gcs-options.js';
import { assertStatus } from './gcs-status.js';
import type { GcsRequest, GcsTransport } from './gcs-transport.js';

/** What we ask for of an object resource. https://cloud.google.com/storage/docs/json_api/v1/objects */
export interface GcsResource {
  readonly name: string;
  readonly generation: string;
  readonly size: string;
  readonly updated?: string;
  readonly contentType?: string;
  readonly contentEncoding?: string;
  readonly crc32c?: string;
}

export const FIELDS = 'name,generation,size,updated,contentType,contentEncoding,crc32c';

export type Exchanger = Pick<GcsTransport, 'exchange'>;

export type Query = Readonly<Record<string, string | undefined>>;

/** Path of an object or, without a name, of the bucket's objects. A slash in a name is part of the name. */
export function apiPath(settings: GcsSettings, name: string | undefined, query: Query, upload = false): string {
  const parameters = new URLSearchParams();
  for (const [key, value] of Object.entries({ ...query, userProject: settings.userProject })) {
    if (value !== undefined) parameters.set(key, value);
  }
  const base = settings.endpoint.pathname.replace(/\/$/, '') + (upload ? '/upload' : '');
  const object = name === undefined ? '' : `/${encodeURIComponent(name)}`;
  return `${base}/storage/v1/b/${encodeURIComponent(settings.bucket)}/o${object}?${parameters.toString()}`;
}

/** Asks until there is an answer of an expected status, and gives back its whole body. */
export async function call(
  transport: Exchanger,
  settings: GcsSettings,
  key: string,
  request: GcsRequest,
  ...expected: number[]
): Promise<{ response: HttpResponse; body: Uint8Array }> {
  const patience = new Patience(settings, key, request.signal);
  for (;;) {
    try {
      const response = await transport.exchange(request, patience.begin);
      await assertStatus(response, settings.root, key, ...expected);
      return { response, body: await readAll(response.body) };
    } catch (error) {
      await patience.afterFailure(error);
    }
  }
}

/** The object resource of an answer. */
export function parseResource(body: Uint8Array): GcsResource {
  return JSON.parse(Buffer.from(body).toString()) as GcsResource;
}

export function toStat(settings: GcsSettings, resource: GcsResource): ObjectStat {
  return {
    key: resource.name.slice(settings.prefix.length),
    size: Number(resource.size),
    version: resource.generation,
    ...(resource.updated !== undefined && { modifiedMs: Date.parse(resource.updated) }),
    ...(resource.contentType !== undefined && { contentType: resource.contentType }),
    ...(resource.crc32c !== undefined && { crc32c: resource.crc32c }),
    ...(resource.contentEncoding === 'gzip' && { contentEncoding: 'gzip' }),
  };
}
