import { categoryStylesOf } from '@datavis/engine';
import type { AnnotatedPicture, CategoryStyles } from '@datavis/engine';
import type { CallOptions, SqlRow } from '@datavis/plugin-sdk';
import { Type } from 'typebox';
import type { App } from '../http/app.js';
import { etagOf, matchesEtag } from '../http/etag.js';
import { requestSignal } from '../http/request-signal.js';
import { ApiError } from '../errors.js';
import { filterParams } from '../filter/filter-params.js';
import { chooseFormat } from '../pictures/formats.js';
import { annotationItem } from '../rows/items.js';
import { binary, empty, problems } from '../schemas/common.js';
import { DatasetParams, ImageParams, SizeParam } from '../schemas/params.js';
import type { RouteContext } from './context.js';
import { pictureOf } from './picture-of.js';
import { ImageQuery, pageQuery } from './record-query.js';

const TYPES = ['image/webp', 'image/jpeg', 'image/png'] as const;
const OverlayQuery = Type.Object({ size: Type.Optional(SizeParam) }, { additionalProperties: false });
const SheetQuery = Type.Object(
  {
    ...filterParams,
    sort: ImageQuery.properties.sort,
    limit: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 64, default: 16, description: 'Pictures on the sheet' }),
    ),
    columns: Type.Optional(Type.Integer({ minimum: 1, maximum: 16, default: 4 })),
    tile: Type.Optional(
      Type.Unsafe<64 | 128 | 256>({
        type: 'integer',
        enum: [64, 128, 256],
        default: 256,
        description: 'Side of a picture in pixels',
      }),
    ),
  },
  { additionalProperties: false },
);

/** Pictures with their annotations drawn on them: heavy, so a few at once. */
export function drawingRoutes(
  app: App,
  { engine: { catalog, drawing }, pictures, gate, limits }: RouteContext,
): void {
  const tags = ['pictures'];

  async function stylesOf(dataset: string, call: CallOptions): Promise<CategoryStyles> {
    return categoryStylesOf(await catalog.categories(dataset, call));
  }

  app.get(
    '/v1/datasets/:dataset/images/:image/overlay',
    {
      schema: {
        tags,
        operationId: 'getOverlay',
        summary: 'A picture with boxes, masks, keypoints and labels drawn on it',
        params: ImageParams,
        querystring: OverlayQuery,
        response: {
          200: binary('The drawing', ...TYPES),
          304: empty('Not modified'),
          ...problems(404, 406, 415, 422, 503, 504),
        },
      },
    },
    async (request, reply) => {
      const { dataset, image } = request.params;
      const { size = 512 } = request.query;
      const format = chooseFormat(request.headers.accept, drawing.formats);
      const signal = requestSignal(reply, limits.queryTimeoutMs);
      const row = await catalog.image(dataset, image, { signal });
      if (row === undefined) throw new ApiError('DATAVIS_API_NOT_FOUND', 'There is no such image');
      const { picture: file } = await pictureOf(pictures, request.params);
      const annotations = await catalog.annotationsOf(dataset, [image], { signal });
      const styles = await stylesOf(dataset, { signal });
      const etag = etagOf(
        file.identity,
        size,
        format,
        drawing.version,
        // All that is drawn, since a record that has changed keeps its key.
        JSON.stringify([row['width'], row['height'], annotations.map(annotationItem)]),
        JSON.stringify([styles.categories, [...styles.skeletons]]),
      );
      void reply.header('etag', etag).header('cache-control', 'private, no-cache').header('vary', 'accept');
      if (matchesEtag(request.headers['if-none-match'], etag)) return reply.code(304).send(undefined);
      const drawn = await gate.run(signal, () =>
        drawing.overlay({ file, image: row, annotations, ...styles }, size, { format, signal }),
      );
      return reply.type(drawn.contentType).send(drawn.bytes);
    },
  );

  app.get(
    '/v1/datasets/:dataset/contact-sheet',
    {
      schema: {
        tags,
        operationId: 'getContactSheet',
        summary: 'Pictures that match a filter, with their annotations, on one sheet',
        params: DatasetParams,
        querystring: SheetQuery,
        response: { 200: binary('The sheet', ...TYPES), ...problems(404, 406, 503, 504) },
      },
    },
    async (request, reply) => {
      const { dataset } = request.params;
      const { columns = 4, tile = 256, ...query } = request.query;
      const format = chooseFormat(request.headers.accept, drawing.formats);
      const signal = requestSignal(reply, limits.queryTimeoutMs);
      const drawn = await gate.run(signal, async () => {
        const page = { ...pageQuery(query), limit: query.limit ?? 16 };
        const { rows } = await catalog.page(dataset, 'images', page, { signal });
        if (rows.length === 0) {
          const hint = await catalog.hint(dataset, page.filter ?? {}, { signal });
          throw new ApiError(
            'DATAVIS_API_NOT_FOUND',
            'No image meets the conditions',
            hint === undefined ? {} : { hint },
          );
        }
        const keys = rows.map((row) => String(row['image_key']));
        const annotations = await catalog.annotationsOf(dataset, keys, { signal });
        const styles = await stylesOf(dataset, { signal });
        const found = await Promise.all(rows.map((row) => annotated(dataset, row, annotations, styles)));
        return await drawing.sheet(
          found.filter((one) => one !== undefined),
          columns,
          tile,
          { format, signal },
        );
      });
      return reply
        .header('cache-control', 'private, no-cache')
        .header('vary', 'accept')
        .type(drawn.contentType)
        .send(drawn.bytes);
    },
  );

  async function annotated(
    dataset: string,
    image: SqlRow,
    all: readonly SqlRow[],
    styles: CategoryStyles,
  ): Promise<AnnotatedPicture | undefined> {
    const found = await pictures.find(dataset, String(image['image_key']));
    if (found === undefined) return undefined;
    return {
      file: found.picture,
      image,
      annotations: all.filter((one) => one['image_key'] === image['image_key']),
      ...styles,
    };
  }
}
