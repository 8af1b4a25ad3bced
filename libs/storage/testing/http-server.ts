import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Answers in place of the object; `false` leaves it to the server. */
export type Interference = (request: IncomingMessage, response: ServerResponse) => boolean;

export interface FileServer {
  readonly host: string;
  readonly objects: Map<string, Uint8Array>;
  /** Method, path and Range of each request. */
  readonly requests: string[];
  readonly openSockets: number;
  interfere: Interference;
  close(): Promise<void>;
}

/** Serves objects below `/` with strong ETags and ranges, as nginx does. */
export async function startFileServer(objects: ReadonlyMap<string, Uint8Array> = new Map()): Promise<FileServer> {
  const sockets = new Set<unknown>();
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push([request.method, request.url, request.headers.range].join(' ').trim());
    if (!files.interfere(request, response)) answer(files.objects, request, response);
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const files: FileServer = {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    objects: new Map(objects),
    requests,
    get openSockets() {
      return sockets.size;
    },
    interfere: () => false,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
  return files;
}

function answer(
  objects: ReadonlyMap<string, Uint8Array>,
  { url = '/', headers, method }: IncomingMessage,
  response: ServerResponse,
): void {
  const bytes = objects.get(url.slice(1).split('/').map(decodeURIComponent).join('/'));
  if (bytes === undefined) {
    response.writeHead(404).end('no such file');
    return;
  }
  const common = {
    etag: `"${createHash('md5').update(bytes).digest('hex')}"`,
    'accept-ranges': 'bytes',
    'content-type': 'application/octet-stream',
  };
  const range = /^bytes=(\d+)-(\d*)$/.exec(headers.range ?? '');
  const start = Number(range?.[1] ?? 0);
  const end = range === null || range[2] === '' ? bytes.length : Math.min(bytes.length, Number(range[2]) + 1);
  if (range !== null && start >= bytes.length) {
    response.writeHead(416, { 'content-range': `bytes */${bytes.length}` }).end();
    return;
  }
  response.writeHead(range === null ? 200 : 206, {
    ...common,
    'content-length': end - start,
    ...(range !== null && { 'content-range': `bytes ${start}-${end - 1}/${bytes.length}` }),
  });
  response.end(method === 'HEAD' ? undefined : bytes.subarray(start, end));
}
