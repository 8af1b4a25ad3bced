import { createServer } from 'node:http';
import { Bucket } from './buckets.mjs';
import { FaultPlan, answerWithFault } from './faults.mjs';
import { sendMedia } from './media.mjs';
import { preconditionsHold, resource, sendError, sendJson } from './metadata.mjs';
import { Uploads } from './upload.mjs';

/** See index.d.mts. What of the service is spoken, and where that is written, stands in the README. */
export async function startFakeGcs({ port = 0, host = '127.0.0.1', token } = {}) {
  const buckets = new Map();
  const faults = new FaultPlan();
  const requests = [];
  const sockets = new Set();
  let origin = '';
  let bytesSent = 0;
  const uploads = new Uploads(() => origin);

  const bucketOf = (name) => {
    if (!buckets.has(name)) buckets.set(name, new Bucket());
    return buckets.get(name);
  };

  async function handle(request, response) {
    const target = parseTarget(request);
    const { kind, bucketName, name, query } = target;
    requests.push({ method: request.method, kind, bucket: bucketName, name, range: request.headers.range, query });
    const fault = faults.take(kind, name);
    if (fault?.kind === 'hang') return;
    const body = await readBody(request);
    if (answerWithFault(request, response, fault)) return;
    if (token !== undefined && request.headers.authorization !== `Bearer ${token}` && kind !== 'session') {
      return sendError(response, 401, 'Anonymous caller does not have storage.objects.get access.');
    }
    const bucket = buckets.get(bucketName);
    if (kind === 'unknown') return sendError(response, 404, 'Not Found');
    if (kind === 'session') {
      uploads.resume(request, response, query.get('upload_id'), body);
      return;
    }
    if (bucket === undefined) return sendError(response, 404, 'The specified bucket does not exist.');
    if (kind === 'upload') return uploads.start(request, response, bucketName, bucket, query, body);
    if (kind === 'list') return sendList(response, bucketName, bucket, query);
    if (fault?.kind === 'change') bucket.put(name, Buffer.from(fault.bytes));
    const object = bucket.get(name, query.get('generation') ?? undefined);
    if (kind === 'delete') {
      if (!preconditionsHold(response, query, object, request.method)) return;
      bucket.delete(name);
      response.writeHead(object === undefined ? 404 : 204).end();
      return;
    }
    if (object === undefined) return sendError(response, 404, `No such object: ${bucketName}/${name}`);
    if (!preconditionsHold(response, query, object, request.method)) return;
    if (kind === 'media') sendMedia(request, response, object, fault);
    else sendJson(response, 200, resource(bucketName, object));
  }

  const server = createServer((request, response) => {
    handle(request, response).catch((error) => sendError(response, 500, String(error)));
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    const write = socket.write.bind(socket);
    socket.write = (data, ...rest) => {
      bytesSent += data.length;
      return write(data, ...rest);
    };
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise((resolve) => server.listen(port, host, resolve));
  origin = `http://${host}:${server.address().port}`;

  return {
    url: origin,
    faults,
    requests,
    get openSockets() {
      return sockets.size;
    },
    get openUploads() {
      return uploads.open;
    },
    get bytesSent() {
      return bytesSent;
    },
    createBucket: (name) => void bucketOf(name),
    put: (bucket, name, bytes, metadata) => bucketOf(bucket).put(name, Buffer.from(bytes), metadata).generation,
    get: (bucket, name) => bucketOf(bucket).get(name),
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function sendList(response, bucketName, bucket, query) {
  const page = bucket.list({
    prefix: query.get('prefix') ?? undefined,
    delimiter: query.get('delimiter') ?? undefined,
    startOffset: query.get('startOffset') ?? undefined,
    pageToken: query.get('pageToken') ?? undefined,
    maxResults: Math.min(1000, Number(query.get('maxResults') ?? 1000)),
  });
  sendJson(response, 200, {
    kind: 'storage#objects',
    ...(page.nextPageToken && { nextPageToken: page.nextPageToken }),
    ...(page.prefixes.length > 0 && { prefixes: page.prefixes }),
    ...(page.items.length > 0 && { items: page.items.map((object) => resource(bucketName, object)) }),
  });
}

/** Both forms of path: `/storage/v1/b/…`, and `/b/…` as clients send it under STORAGE_EMULATOR_HOST. */
function parseTarget(request) {
  const [path, search = ''] = (request.url ?? '').split('?');
  const query = new URLSearchParams(search);
  const match = /^(\/upload)?(?:\/download)?(?:\/storage\/v1)?\/b\/([^/]+)\/o(?:\/(.*))?$/.exec(path ?? '');
  if (match === null) return { kind: 'unknown', query };
  const bucketName = decodeURIComponent(match[2]);
  const name = match[3] === undefined ? (query.get('name') ?? undefined) : decodeURIComponent(match[3]);
  const kind = () => {
    if (match[1] !== undefined) return query.has('upload_id') ? 'session' : 'upload';
    if (match[3] === undefined) return 'list';
    if (request.method === 'DELETE') return 'delete';
    return query.get('alt') === 'media' ? 'media' : 'metadata';
  };
  return { kind: kind(), bucketName, name, query };
}

async function readBody(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}
