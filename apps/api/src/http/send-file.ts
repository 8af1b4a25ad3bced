import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { TSchema } from 'typebox';
import { ApiError } from '../errors.js';
import type { ApiLimits } from '../options.js';
import { binary, empty, problems } from '../schemas/common.js';
import { matchesEtag } from './etag.js';
import { parseRange } from './range.js';
import type { ByteRange } from './range.js';
import { streamSignal } from './request-signal.js';

/** A body of known size that can be read from any byte on. */
export interface SentFile {
  readonly etag: string;
  readonly sizeBytes: number;
  readonly type: () => Promise<string>;
  read(range: ByteRange & { readonly signal: AbortSignal }): AsyncIterable<Uint8Array>;
}

/** Answers with a file, whole or in part: conditions, one range, HEAD. */
export async function sendFile(
  request: FastifyRequest,
  reply: FastifyReply,
  file: SentFile,
  { stallTimeoutMs }: Pick<ApiLimits, 'stallTimeoutMs'>,
): Promise<FastifyReply> {
  const { etag, sizeBytes } = file;
  void reply.header('etag', etag).header('cache-control', 'private, no-cache').header('accept-ranges', 'bytes');
  if (matchesEtag(request.headers['if-none-match'], etag)) return reply.code(304).send(undefined);

  const ifRange = request.headers['if-range'];
  const usable = ifRange === undefined || ifRange === etag;
  const range = usable ? parseRange(request.headers.range, sizeBytes) : undefined;
  if (range === 'unsatisfiable') {
    void reply.header('content-range', `bytes */${sizeBytes}`);
    throw new ApiError('DATAVIS_API_RANGE_NOT_SATISFIABLE', `The file has ${sizeBytes} bytes`);
  }
  const { start, end } = range ?? { start: 0, end: sizeBytes };
  const type = await file.type();
  void reply.type(type).header('content-length', end - start);
  if (!type.startsWith('image/') && !reply.hasHeader('content-disposition')) {
    void reply.header('content-disposition', 'attachment');
  }
  if (range !== undefined) void reply.code(206).header('content-range', `bytes ${start}-${end - 1}/${sizeBytes}`);
  // HEAD answers as GET would, 206 too: so duckdb-wasm asks whether a server knows ranges. An empty stream keeps the length.
  if (request.method === 'HEAD') return reply.send(Readable.from([]));
  return reply.send(Readable.from(file.read({ start, end, signal: streamSignal(reply, stallTimeoutMs) })));
}

/** Headers that {@link sendFile} understands, for the document. */
export const fileHeaders = Type.Object({
  range: Type.Optional(Type.String({ description: 'One range of bytes' })),
  'if-none-match': Type.Optional(Type.String()),
  'if-range': Type.Optional(Type.String()),
});

/** Answers of {@link sendFile}, for the document. */
export function fileAnswers(...contentTypes: readonly string[]): Record<number, TSchema> {
  return {
    200: binary('The file', ...contentTypes),
    206: binary('The part asked for', ...contentTypes),
    304: empty('Not modified'),
    ...problems(404, 416),
  };
}
