import { gunzipSync } from 'node:zlib';
import { sendBody } from './faults.mjs';
import { sendError } from './metadata.mjs';

/** `alt=media`: ranges, hashes of the whole stored object, and decompression for those who do not accept gzip. */
export function sendMedia(request, response, object, fault) {
  const acceptsGzip = /\bgzip\b/.test(request.headers['accept-encoding'] ?? '');
  const stored = object.contentEncoding === 'gzip' ? 'gzip' : 'identity';
  const transcoded = stored === 'gzip' && !acceptsGzip;
  const bytes = transcoded ? gunzipSync(object.bytes) : object.bytes;
  const headers = {
    'content-type': object.contentType,
    'x-goog-generation': object.generation,
    'x-goog-metageneration': '1',
    'x-goog-hash': `crc32c=${object.crc32c},md5=${object.md5}`,
    'x-goog-stored-content-encoding': stored,
    'x-goog-stored-content-length': String(object.bytes.length),
    ...(stored === 'gzip' && !transcoded && { 'content-encoding': 'gzip' }),
    ...(transcoded && { warning: '214 UploadServer gunzipped' }),
    etag: `C${object.generation}`,
  };
  // Decompressive transcoding ignores a range.
  const range = transcoded ? undefined : parseRange(request.headers.range, bytes.length);
  if (range === 'unsatisfiable') {
    sendError(response, 416, 'Requested range not satisfiable', { 'content-range': `bytes */${bytes.length}` });
    return;
  }
  if (range === undefined) {
    sendBody(response, 200, headers, bytes, fault);
    return;
  }
  const contentRange = `bytes ${range.start}-${range.end - 1}/${bytes.length}`;
  sendBody(
    response,
    206,
    { ...headers, 'content-range': contentRange },
    bytes.subarray(range.start, range.end),
    fault,
  );
}

function parseRange(header, size) {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '');
  if (match === null || (match[1] === '' && match[2] === '')) return undefined;
  const start = match[1] === '' ? Math.max(0, size - Number(match[2])) : Number(match[1]);
  const end = match[1] === '' || match[2] === '' ? size : Math.min(size, Number(match[2]) + 1);
  return start >= size || start >= end ? 'unsatisfiable' : { start, end };
}
