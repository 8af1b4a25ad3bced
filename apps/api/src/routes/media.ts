import { Readable } from 'node:stream';
import { Type } from 'typebox';
import { ApiError } from '../errors.js';
import type { App } from '../http/app.js';
import { etagOf, matchesEtag } from '../http/etag.js';
import { parseRange } from '../http/range.js';
import { requestSignal } from '../http/request-signal.js';
import { binary, empty, problems } from '../schemas/common.js';
import { ImageParams } from '../schemas/params.js';
import type { RouteContext } from './context.js';
import { pictureOf } from './picture-of.js';

/** The original file of an image: as stored, with the type its bytes have. */
export function mediaRoutes(app: App, { pictures }: RouteContext): void {
  app.get(
    '/v1/datasets/:dataset/images/:image/media',
    {
      schema: {
        tags: ['pictures'],
        operationId: 'getMedia',
        summary: 'The original picture, whole or in part',
        params: ImageParams,
        headers: Type.Object({
          range: Type.Optional(Type.String({ description: 'One range of bytes' })),
          'if-none-match': Type.Optional(Type.String()),
          'if-range': Type.Optional(Type.String()),
        }),
        response: {
          200: binary('The file', 'image/*', 'application/octet-stream'),
          206: binary('The part asked for', 'image/*', 'application/octet-stream'),
          304: empty('Not modified'),
          ...problems(404, 416),
        },
      },
    },
    async (request, reply) => {
      const found = await pictureOf(pictures, request.params);
      const { picture } = found;
      const etag = etagOf(picture.identity);
      void reply.header('etag', etag).header('cache-control', 'private, no-cache').header('accept-ranges', 'bytes');
      if (matchesEtag(request.headers['if-none-match'], etag)) return reply.code(304).send(undefined);

      const ifRange = request.headers['if-range'];
      const usable = ifRange === undefined || ifRange === etag;
      const range = usable ? parseRange(request.headers.range, picture.sizeBytes) : undefined;
      if (range === 'unsatisfiable') {
        void reply.header('content-range', `bytes */${picture.sizeBytes}`);
        throw new ApiError('DATAVIS_API_RANGE_NOT_SATISFIABLE', `The file has ${picture.sizeBytes} bytes`);
      }
      const { start, end } = range ?? { start: 0, end: picture.sizeBytes };
      const type = await pictures.contentType(found);
      void reply.type(type).header('content-length', end - start);
      if (!type.startsWith('image/')) void reply.header('content-disposition', 'attachment');
      if (range !== undefined) {
        void reply.code(206).header('content-range', `bytes ${start}-${end - 1}/${picture.sizeBytes}`);
      }
      // An empty stream keeps the length that is stated.
      if (request.method === 'HEAD') return reply.send(Readable.from([]));
      return reply.send(Readable.from(picture.read({ start, end, signal: requestSignal(reply) })));
    },
  );
}
