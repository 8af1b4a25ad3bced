import type { SqlRow } from '@datavis/plugin-sdk';
import { Type } from 'typebox';
import { ApiError } from '../errors.js';
import type { App } from '../http/app.js';
import { requestSignal } from '../http/request-signal.js';
import { createPrefetch } from '../pictures/prefetch.js';
import { annotationItem, imageItem } from '../rows/items.js';
import type { Annotation } from '../schemas/resources.js';
import { problems, ref } from '../schemas/common.js';
import { DatasetParams, ImageParams } from '../schemas/params.js';
import { AnnotationSchema, filteredPageOf, ImageSchema } from '../schemas/resources.js';
import type { RouteContext } from './context.js';
import { listAnswers, sendList } from './list.js';
import { ImageQuery, pageQuery } from './record-query.js';

const annotations = Type.Array(ref(AnnotationSchema));
const ImageWithAnnotations = Type.Intersect([
  ref(ImageSchema),
  Type.Object({ annotations: Type.Optional(annotations) }),
]);

/** Images, filtered and paged, and one image with all that is drawn on it. */
export function imageRoutes(app: App, context: RouteContext): void {
  const {
    engine: { catalog, thumbnails },
    limits,
  } = context;
  const prefetch = createPrefetch({ ...context, thumbnails });
  const tags = ['images'];

  async function annotationsOf(
    dataset: string,
    images: readonly SqlRow[],
    signal: AbortSignal,
  ): Promise<Map<string, Annotation[]>> {
    const byImage = new Map<string, Annotation[]>(images.map((row) => [String(row['image_key']), []]));
    const rows = await catalog.annotationsOf(dataset, [...byImage.keys()], { signal });
    for (const row of rows) byImage.get(String(row['image_key']))?.push(annotationItem(row));
    return byImage;
  }

  app.get(
    '/v1/datasets/:dataset/images',
    {
      schema: {
        tags,
        operationId: 'listImages',
        summary: 'Images that match a filter',
        params: DatasetParams,
        querystring: ImageQuery,
        response: { 200: listAnswers(filteredPageOf(ImageWithAnnotations)), ...problems(404, 406, 503, 504) },
      },
    },
    async (request, reply) => {
      const { dataset } = request.params;
      const { include, prefetch: sizePx, ...query } = request.query;
      return await sendList(context, request, reply, {
        query: pageQuery(query),
        table: 'images',
        item: (row) => imageItem(dataset, row),
        page: async ({ rows, next }, signal) => {
          const items = rows.map((row) => imageItem(dataset, row));
          if (sizePx !== undefined)
            prefetch(
              dataset,
              items.map(({ key }) => key),
              sizePx,
            );
          if (include === undefined) return { items, next };
          const byImage = await annotationsOf(dataset, rows, signal);
          return { items: items.map((item) => ({ ...item, annotations: byImage.get(item.key) ?? [] })), next };
        },
      });
    },
  );

  app.get(
    '/v1/datasets/:dataset/images/:image',
    {
      schema: {
        tags,
        operationId: 'getImage',
        summary: 'One image with its annotations',
        params: ImageParams,
        response: { 200: Type.Intersect([ref(ImageSchema), Type.Object({ annotations })]), ...problems(404, 504) },
      },
    },
    async (request, reply) => {
      const { dataset, image } = request.params;
      const signal = requestSignal(reply, limits.queryTimeoutMs);
      const row = await catalog.image(dataset, image, { signal });
      if (row === undefined) throw new ApiError('DATAVIS_API_NOT_FOUND', 'There is no such image');
      const byImage = await annotationsOf(dataset, [row], signal);
      return { ...imageItem(dataset, row), annotations: byImage.get(String(row['image_key'])) ?? [] };
    },
  );

  app.get(
    '/v1/datasets/:dataset/images/:image/annotations',
    {
      schema: {
        tags,
        operationId: 'listImageAnnotations',
        summary: 'Annotations of one image',
        params: ImageParams,
        response: { 200: Type.Object({ items: annotations }), ...problems(404, 504) },
      },
    },
    async (request, reply) => {
      const { dataset, image } = request.params;
      const signal = requestSignal(reply, limits.queryTimeoutMs);
      const row = await catalog.image(dataset, image, { signal });
      if (row === undefined) throw new ApiError('DATAVIS_API_NOT_FOUND', 'There is no such image');
      return { items: (await annotationsOf(dataset, [row], signal)).get(String(row['image_key'])) ?? [] };
    },
  );
}
