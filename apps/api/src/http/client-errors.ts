import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { toProblem } from '../error-mapping.js';
import { ApiError } from '../errors.js';
import type { ApiErrorCode } from '../errors.js';
import { securityHeaders } from '../security/headers.js';

const kinds: Readonly<Record<string, readonly [status: number, code: ApiErrorCode, detail: string]>> = {
  HPE_HEADER_OVERFLOW: [
    431,
    'DATAVIS_API_TOO_LARGE',
    'The headers of the request are larger than this server takes',
  ],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'DATAVIS_API_TIMEOUT', 'The request took longer to send than this server waits'],
};

/** Answers what never became a request (no HTTP, too large headers, too slow) as all other errors are answered. */
export function answerClientErrors(nextRequestId: () => string): (error: Error, socket: Socket) => void {
  return (error, socket) => {
    const cause = error as NodeJS.ErrnoException;
    if (cause.code === 'ECONNRESET' || socket.destroyed) return;
    const [status, code, detail] = kinds[cause.code ?? ''] ?? [
      400,
      'DATAVIS_API_BAD_REQUEST',
      'This is no request',
    ];
    const requestId = nextRequestId();
    const title = STATUS_CODES[status] ?? '';
    const body = JSON.stringify({ ...toProblem(new ApiError(code, detail), requestId), status, title });
    const headers = {
      ...securityHeaders,
      'x-request-id': requestId,
      'content-type': 'application/problem+json',
      'content-length': Buffer.byteLength(body),
      connection: 'close',
    };
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    if (socket.writable) socket.write(`HTTP/1.1 ${status} ${title}\r\n${lines.join('')}\r\n${body}`);
    socket.destroy(error);
  };
}
