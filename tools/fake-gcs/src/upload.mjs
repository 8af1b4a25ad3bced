import { randomUUID } from 'node:crypto';
import { base64Crc32c } from './buckets.mjs';
import { preconditionsHold, resource, sendError, sendJson } from './metadata.mjs';

const QUANTUM = 262_144;

/** Media, multipart and resumable uploads. */
export class Uploads {
  #sessions = new Map();
  #origin;

  /** @param {() => string} origin */
  constructor(origin) {
    this.#origin = origin;
  }

  get open() {
    return this.#sessions.size;
  }

  start(request, response, bucketName, bucket, query, body) {
    switch (query.get('uploadType')) {
      case 'media':
        return this.#finish(response, bucketName, bucket, query, body, {
          name: query.get('name'),
          contentType: request.headers['content-type'],
        });
      case 'multipart': {
        const parts = splitMultipart(request.headers['content-type'] ?? '', body);
        if (parts === undefined) return sendError(response, 400, 'Malformed multipart body.');
        const metadata = JSON.parse(parts[0].body.toString());
        const contentType = metadata.contentType ?? parts[1].contentType;
        return this.#finish(response, bucketName, bucket, query, parts[1].body, {
          name: query.get('name'),
          ...metadata,
          contentType,
        });
      }
      case 'resumable': {
        const metadata = {
          name: query.get('name'),
          contentType: request.headers['x-upload-content-type'],
          ...(body.length > 0 && JSON.parse(body.toString())),
        };
        const object = bucket.get(metadata.name);
        if (!preconditionsHold(response, query, object, 'POST')) return;
        const id = randomUUID();
        this.#sessions.set(id, { bucketName, bucket, query, metadata, bytes: Buffer.alloc(0) });
        const path = `/upload/storage/v1/b/${encodeURIComponent(bucketName)}/o`;
        response.writeHead(200, {
          location: `${this.#origin()}${path}?uploadType=resumable&upload_id=${id}`,
          'content-length': 0,
        });
        response.end();
        return;
      }
      default:
        sendError(response, 400, 'Unknown uploadType.');
    }
  }

  /** A piece of a resumable upload, a question how far it is, or its end. */
  resume(request, response, id, body) {
    const session = this.#sessions.get(id);
    if (session === undefined) return sendError(response, 404, 'No such upload session.');
    if (request.method === 'DELETE') {
      this.#sessions.delete(id);
      response.writeHead(499, { 'content-length': 0 }).end();
      return;
    }
    if (session.done !== undefined) return sendJson(response, 200, session.done);
    const range = /^bytes (?:(\d+)-(\d+)|\*)\/(\d+|\*)$/.exec(request.headers['content-range'] ?? '');
    if (range === null) return sendError(response, 400, 'Content-Range is missing or malformed.');
    const [, first, , total] = range;
    if (first !== undefined && Number(first) > session.bytes.length) {
      return sendError(response, 503, 'Bytes are missing before this piece.');
    }
    if (first !== undefined) session.bytes = Buffer.concat([session.bytes.subarray(0, Number(first)), body]);
    if (total === '*') {
      // Only whole quanta of 256 KiB are kept.
      session.bytes = session.bytes.subarray(0, Math.floor(session.bytes.length / QUANTUM) * QUANTUM);
    }
    if (total !== '*' && Number(total) === session.bytes.length) {
      const done = this.#finish(
        response,
        session.bucketName,
        session.bucket,
        session.query,
        session.bytes,
        session.metadata,
      );
      if (done === undefined) this.#sessions.delete(id);
      else session.done = done;
      return;
    }
    const length = session.bytes.length;
    response.writeHead(308, { ...(length > 0 && { range: `bytes=0-${length - 1}` }), 'content-length': 0 });
    response.end();
  }

  #finish(response, bucketName, bucket, query, bytes, metadata) {
    const name = metadata.name ?? '';
    if (name === '' || /[\r\n]/.test(name) || name === '.' || name === '..' || Buffer.byteLength(name) > 1024) {
      sendError(response, 400, `Invalid object name.`);
      return undefined;
    }
    if (!preconditionsHold(response, query, bucket.get(name), 'POST')) return undefined;
    if (metadata.crc32c !== undefined && metadata.crc32c !== base64Crc32c(bytes)) {
      sendError(response, 400, 'Provided CRC32C does not match the calculated one.');
      return undefined;
    }
    const done = resource(bucketName, bucket.put(name, Buffer.from(bytes), metadata));
    sendJson(response, 200, done);
    return done;
  }
}

function splitMultipart(contentType, body) {
  const boundary = /boundary="?([^";]+)"?/.exec(contentType)?.[1];
  if (boundary === undefined) return undefined;
  const mark = Buffer.from(`--${boundary}`);
  const parts = [];
  for (let at = body.indexOf(mark); at !== -1;) {
    const next = body.indexOf(mark, at + mark.length);
    if (next === -1) break;
    const part = body.subarray(at + mark.length + 2, next - 2);
    const blank = part.indexOf('\r\n\r\n');
    const contentTypeOfPart = /content-type: *([^\r\n]+)/i.exec(part.subarray(0, blank).toString())?.[1];
    parts.push({ contentType: contentTypeOfPart, body: part.subarray(blank + 4) });
    at = next;
  }
  return parts.length === 2 ? parts : undefined;
}
