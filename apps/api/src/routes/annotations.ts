import type { App } from '../http/app.js';
import { annotationItem } from '../rows/items.js';
import { problems, ref } from '../schemas/common.js';
import { DatasetParams } from '../schemas/params.js';
import { AnnotationSchema, filteredPageOf } from '../schemas/resources.js';
import type { RouteContext } from './context.js';
import { listAnswers, sendList } from './list.js';
import { AnnotationQuery, pageQuery } from './record-query.js';

export function annotationRoutes(app: App, context: RouteContext): void {
  app.get(
    '/v1/datasets/:dataset/annotations',
    {
      schema: {
        tags: ['images'],
        operationId: 'listAnnotations',
        summary: 'Annotations that match a filter',
        params: DatasetParams,
        querystring: AnnotationQuery,
        response: { 200: listAnswers(filteredPageOf(ref(AnnotationSchema))), ...problems(404, 406, 503, 504) },
      },
    },
    (request, reply) =>
      sendList(context, request, reply, {
        query: pageQuery(request.query),
        table: 'annotations',
        item: annotationItem,
        page: ({ rows, next }) => Promise.resolve({ items: rows.map(annotationItem), next }),
      }),
  );
}
