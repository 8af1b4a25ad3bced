import type { ThumbnailOptions } from '@datavis/plugin-sdk';
import { Type } from 'typebox';
import type { App } from '../http/app.js';
import { matchesEtag } from '../http/etag.js';
import { requestSignal } from '../http/request-signal.js';
import { chooseFormat, formatsByLiking, offeredFormats } from '../pictures/formats.js';
import type { FreshPicture } from '../pictures/picture-index.js';
import { binary, empty, oneOf, problems } from '../schemas/common.js';
import { ImageParams, SizeParam } from '../schemas/params.js';
import type { RouteContext } from './context.js';
import { pictureOf } from './picture-of.js';

const Query = Type.Object(
  {
    size: Type.Optional(SizeParam),
    fit: Type.Optional(
      oneOf(['inside', 'cover'], {
        default: 'inside',
        description: '`inside` keeps all of the picture, `cover` fills a square',
      }),
    ),
    format: Type.Optional(
      oneOf(['webp', 'jpeg', 'png', 'avif'], {
        description: 'Default: by the Accept header',
      }),
    ),
    upright: Type.Optional(
      Type.Boolean({ default: true, description: 'false: pixels as stored, as annotations may count them' }),
    ),
    v: Type.Optional(
      Type.String({
        maxLength: 64,
        description: "Version from an image's `thumbnail` URL: the answer never changes",
      }),
    ),
  },
  { additionalProperties: false },
);

const ROUTE = '/v1/datasets/:dataset/images/:image/thumbnail';

export function thumbnailRoutes(app: App, { engine: { thumbnails }, pictures, warm }: RouteContext): void {
  const offers = offeredFormats(thumbnails.formats);

  /** Key of one thumbnail, hashed once while its picture is fresh. */
  function keyOf({ picture, keys }: FreshPicture, options: Partial<ThumbnailOptions>, name: string): string {
    let key = keys.get(name);
    if (key === undefined) keys.set(name, (key = thumbnails.key(picture.identity, options)));
    return key;
  }

  app.get(
    ROUTE,
    {
      schema: {
        tags: ['pictures'],
        operationId: 'getThumbnail',
        summary: 'A small picture of an image',
        params: ImageParams,
        querystring: Query,
        response: {
          200: binary('The thumbnail', ...formatsByLiking.map((format) => `image/${format}`)),
          304: empty('Not modified'),
          ...problems(404, 406, 415, 422, 503),
        },
      },
    },
    async (request, reply) => {
      const { size = 256, fit = 'inside', format: named, upright = true, v } = request.query;
      const format = chooseFormat(request.headers.accept, offers, named);
      const options = { widthPx: size, heightPx: size, fit, format, upright };
      const { dataset, image } = request.params;
      const found = pictures.peek(dataset, image) ?? (await pictureOf(pictures, request.params));
      const key = keyOf(found, options, `${size}${fit}${format}${upright}`);
      const etag = `"${key}"`;
      const headers = {
        vary: 'accept',
        'cache-control': v === found.tag ? 'private, max-age=31536000, immutable' : 'private, no-cache',
      };
      const isFresh = (): boolean => pictures.isFresh(found);
      warm.remember(request.raw, { route: ROUTE, key, etag, headers, isFresh });
      void reply.header('etag', etag).headers(headers);
      if (matchesEtag(request.headers['if-none-match'], etag)) return reply.code(304).send(undefined);
      const { bytes, contentType } = await thumbnails.get(found.picture, options, { signal: requestSignal(reply) });
      return reply.type(contentType).send(bytes);
    },
  );
}
