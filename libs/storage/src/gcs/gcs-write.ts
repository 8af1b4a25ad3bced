import { randomUUID } from 'node:crypto';
import { crc32c } from '@node-rs/crc32';
import { isDataVisError } from '@datavis/plugin-sdk';
import type { ObjectStat, ObjectWriteOptions } from '@datavis/plugin-sdk';
import { drain } from '../network/http-exchange.js';
import { Patience } from '../network/patience.js';
import { bodyChunks } from '../object-store/bytes.js';
import { changed, storeError } from '../object-store/errors.js';
import { FIELDS, apiPath, call, parseResource, toStat } from './gcs-api.js';
import type { Exchanger, GcsResource } from './gcs-api.js';
import type { GcsSettings } from './gcs-options.js';
import { base64 } from './gcs-read.js';
import { assertStatus } from './gcs-status.js';
import type { GcsTransport } from './gcs-transport.js';

/** Resumable uploads take multiples of 256 KiB. */
const PART_BYTES = 8 * 1_048_576;

interface Write {
  readonly transport: GcsTransport;
  readonly settings: GcsSettings;
  readonly key: string;
  readonly options: ObjectWriteOptions;
  /** `0` for "only if there is none". */
  readonly ifGenerationMatch: string | undefined;
}

/** Up to 8 MiB in one request that carries the checksum; more in a resumable session, whose object is checked at its end. */
export async function writeGcs(
  transport: GcsTransport,
  settings: GcsSettings,
  key: string,
  body: Uint8Array | AsyncIterable<Uint8Array>,
  options: ObjectWriteOptions,
): Promise<ObjectStat> {
  const { ifVersion, signal } = options;
  signal?.throwIfAborted();
  if (typeof ifVersion === 'string' && !/^\d{1,19}$/.test(ifVersion)) throw changed(settings.root, key);
  const write: Write = {
    transport,
    settings,
    key,
    options,
    ifGenerationMatch: ifVersion === null ? '0' : ifVersion,
  };
  const parts = inParts(body, signal);
  try {
    const first = await parts.next();
    const bytes = first.done === true ? new Uint8Array(0) : first.value;
    return bytes.length < PART_BYTES ? await writeAtOnce(write, bytes) : await writeInParts(write, bytes, parts);
  } finally {
    await parts.return(undefined);
  }
}

async function writeAtOnce(write: Write, bytes: Uint8Array): Promise<ObjectStat> {
  const { transport, settings, key, options } = write;
  const checksum = base64(crc32c(bytes));
  const contentType = options.contentType ?? 'application/octet-stream';
  const boundary = randomUUID();
  const metadata = JSON.stringify({ name: settings.prefix + key, contentType, crc32c: checksum });
  const head = `--${boundary}\r\ncontent-type: application/json; charset=UTF-8\r\n\r\n${metadata}\r\n--${boundary}\r\ncontent-type: ${contentType}\r\n\r\n`;
  const request = {
    method: 'POST' as const,
    path: apiPath(settings, undefined, uploadQuery(write, 'multipart'), true),
    headers: { 'content-type': `multipart/related; boundary=${boundary}` },
    body: Buffer.concat([Buffer.from(head), bytes, Buffer.from(`\r\n--${boundary}--\r\n`)]),
    signal: options.signal,
  };
  let attempts = 0;
  const counted: Exchanger = {
    exchange(...args) {
      attempts++;
      return transport.exchange(...args);
    },
  };
  try {
    const { body } = await call(counted, settings, key, request, 200);
    return toStat(settings, parseResource(body));
  } catch (error) {
    if (attempts === 1 || !isDataVisError(error, 'DATAVIS_STORAGE_CHANGED')) throw error;
    // An earlier attempt may have been stored though its answer was lost: then the precondition fails on our own object.
    const path = apiPath(settings, settings.prefix + key, { fields: FIELDS });
    const { body } = await call(transport, settings, key, { method: 'GET', path, signal: options.signal }, 200);
    const stored = toStat(settings, parseResource(body));
    if (stored.crc32c === checksum && stored.size === bytes.length) return stored;
    throw error;
  }
}

async function writeInParts(write: Write, first: Uint8Array, rest: AsyncIterator<Uint8Array>): Promise<ObjectStat> {
  const { transport, settings, key, options } = write;
  const session = await startSession(write);
  let crc = 0;
  let offset = 0;
  try {
    for (let part: Uint8Array | undefined = first; part !== undefined;) {
      const next: IteratorResult<Uint8Array, unknown> = await rest.next();
      const last = next.done === true;
      crc = crc32c(part, crc);
      const resource = await sendPart(write, session, part, offset, last);
      offset += part.length;
      if (resource !== undefined) return await checkedStat(write, resource, base64(crc));
      part = last ? undefined : next.value;
    }
    throw storeError('DATAVIS_STORAGE_IO', settings.root, key, 'The upload ended without an object');
  } catch (error) {
    const cancel = { method: 'DELETE' as const, path: session };
    const done = await transport.exchange(cancel).catch(() => undefined);
    await drain(done);
    options.signal?.throwIfAborted();
    throw error;
  }
}

/** Path of the session. It gives the right to write without credentials, so it stands in no error. */
async function startSession({ transport, settings, key, options, ...write }: Write): Promise<string> {
  const metadata = { name: settings.prefix + key, contentType: options.contentType ?? 'application/octet-stream' };
  const { response } = await call(
    transport,
    settings,
    key,
    {
      method: 'POST',
      path: apiPath(
        settings,
        undefined,
        { uploadType: 'resumable', fields: FIELDS, ifGenerationMatch: write.ifGenerationMatch },
        true,
      ),
      headers: { 'content-type': 'application/json; charset=UTF-8', 'x-upload-content-type': metadata.contentType },
      body: Buffer.from(JSON.stringify(metadata)),
      signal: options.signal,
    },
    200,
  );
  const { pathname, search } = new URL(response.headers.location ?? '', settings.endpoint);
  return pathname + search;
}

/** Sends one part, asking after each failure how much of it has arrived. The object's resource comes with the last one. */
async function sendPart(
  write: Write,
  session: string,
  part: Uint8Array,
  offset: number,
  last: boolean,
): Promise<GcsResource | undefined> {
  const { transport, settings, key, options } = write;
  const patience = new Patience(settings, key, options.signal);
  const end = offset + part.length;
  const total = last ? String(end) : '*';
  let sent = offset;
  for (let ask = false; ;) {
    try {
      const body = ask ? new Uint8Array(0) : part.subarray(sent - offset);
      const range = body.length === 0 ? `bytes */${total}` : `bytes ${sent}-${end - 1}/${total}`;
      const response = await transport.exchange(
        { method: 'PUT', path: session, headers: { 'content-range': range }, body, signal: options.signal },
        patience.begin,
      );
      await assertStatus(response, settings.root, key, 200, 201, 308);
      const chunks: Uint8Array[] = [];
      for await (const chunk of response.body) chunks.push(chunk);
      if (response.status !== 308) return parseResource(Buffer.concat(chunks));
      const kept = Number(/^bytes=0-(\d+)$/.exec(response.headers.range ?? '')?.[1] ?? -1) + 1;
      if (kept < offset)
        throw storeError('DATAVIS_STORAGE_IO', settings.root, key, 'The upload lost bytes it had confirmed');
      if (kept > sent) patience.progress();
      sent = kept;
      if (kept === end && !last) return undefined;
      if (!ask && kept < end) throw new Error('A part of the bytes did not arrive');
      ask = false;
    } catch (error) {
      await patience.afterFailure(error);
      ask = true;
    }
  }
}

/** An object whose bytes are not ours is taken away again. */
async function checkedStat(write: Write, resource: GcsResource, checksum: string): Promise<ObjectStat> {
  const { transport, settings, key } = write;
  if (resource.crc32c === undefined || resource.crc32c === checksum) return toStat(settings, resource);
  const path = apiPath(settings, resource.name, { generation: resource.generation });
  await call(transport, settings, key, { method: 'DELETE', path }, 204, 404);
  throw storeError(
    'DATAVIS_STORAGE_CORRUPT',
    settings.root,
    key,
    'The bytes were damaged on their way to the bucket',
  );
}

function uploadQuery({ ifGenerationMatch }: Write, uploadType: string): Record<string, string | undefined> {
  return { uploadType, fields: FIELDS, ifGenerationMatch };
}

/** Buffers of 8 MiB, the last one shorter. */
async function* inParts(
  body: Uint8Array | AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, undefined> {
  let parts: Uint8Array[] = [];
  let size = 0;
  for await (let chunk of bodyChunks(body)) {
    signal?.throwIfAborted();
    while (chunk.length > 0) {
      const taken = chunk.subarray(0, PART_BYTES - size);
      parts.push(taken);
      size += taken.length;
      chunk = chunk.subarray(taken.length);
      if (size < PART_BYTES) continue;
      yield Buffer.concat(parts);
      parts = [];
      size = 0;
    }
  }
  signal?.throwIfAborted();
  if (size > 0) yield Buffer.concat(parts);
}
