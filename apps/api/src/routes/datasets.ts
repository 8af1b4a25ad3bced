import { Type } from 'typebox';
import { ApiError } from '../errors.js';
import type { App } from '../http/app.js';
import { requestSignal } from '../http/request-signal.js';
import { createSharedReads } from '../http/shared-reads.js';
import { categoryItem, datasetItem, duplicatesItem, findingItem } from '../rows/items.js';
import { oneOf, problems, ref } from '../schemas/common.js';
import { DuplicatesSchema } from '../schemas/duplicates.js';
import { DatasetParams } from '../schemas/params.js';
import { CategorySchema, DatasetSchema, FindingSchema, pageOf, StatsSchema } from '../schemas/resources.js';
import type { Dataset } from '../schemas/resources.js';
import type { RouteContext } from './context.js';
import { cursorParam, limitParam } from './record-query.js';

const FindingQuery = Type.Object(
  {
    code: Type.Optional(Type.String({ pattern: '^[a-z0-9-]{1,100}$' })),
    severity: Type.Optional(oneOf(['info', 'warning', 'error'])),
    limit: limitParam(1000, 100),
    cursor: cursorParam,
  },
  { additionalProperties: false },
);

/** Datasets and what is known about them as a whole. */
export function datasetRoutes(app: App, context: RouteContext): void {
  const {
    engine: { catalog, checks },
    limits,
  } = context;
  const heavy = createSharedReads(context.gate, limits.queryTimeoutMs);
  const light = createSharedReads(context.pageGate, limits.queryTimeoutMs);
  const tags = ['datasets'];

  function datasets(): Promise<Dataset[]> {
    return light('datasets', async (signal) => (await catalog.datasets({ signal })).map(datasetItem));
  }

  app.get(
    '/v1/datasets',
    {
      schema: {
        tags,
        operationId: 'listDatasets',
        summary: 'All datasets',
        response: { 200: Type.Object({ items: Type.Array(ref(DatasetSchema)) }), ...problems(504) },
      },
    },
    async () => ({ items: await datasets() }),
  );

  app.get(
    '/v1/datasets/:dataset',
    {
      schema: {
        tags,
        operationId: 'getDataset',
        summary: 'One dataset',
        params: DatasetParams,
        response: { 200: ref(DatasetSchema), ...problems(404, 504) },
      },
    },
    async (request) => {
      const found = (await datasets()).find(({ name }) => name === request.params.dataset);
      if (found === undefined) throw new ApiError('DATAVIS_API_NOT_FOUND', 'There is no such dataset');
      return found;
    },
  );

  app.get(
    '/v1/datasets/:dataset/categories',
    {
      schema: {
        tags,
        operationId: 'listCategories',
        summary: 'Categories of a dataset',
        params: DatasetParams,
        response: { 200: Type.Object({ items: Type.Array(ref(CategorySchema)) }), ...problems(404, 504) },
      },
    },
    async (request, reply) => {
      const signal = requestSignal(reply, limits.queryTimeoutMs);
      return { items: (await catalog.categories(request.params.dataset, { signal })).map(categoryItem) };
    },
  );

  app.get(
    '/v1/datasets/:dataset/stats',
    {
      schema: {
        tags,
        operationId: 'getStats',
        summary: 'Counts by category, size, shape',
        params: DatasetParams,
        response: { 200: ref(StatsSchema), ...problems(404, 503, 504) },
      },
    },
    async (request) => {
      const { dataset } = request.params;
      const stats = await heavy(`stats ${dataset}`, (signal) => catalog.stats(dataset, { signal }));
      return { ...stats, categories: [...stats.categories] };
    },
  );

  app.get(
    '/v1/datasets/:dataset/duplicates',
    {
      schema: {
        tags,
        operationId: 'listDuplicates',
        summary: 'Equal pictures, those in several splits first',
        params: DatasetParams,
        querystring: Type.Object({ limit: limitParam(1000, 100) }, { additionalProperties: false }),
        response: { 200: ref(DuplicatesSchema), ...problems(404, 503, 504) },
      },
    },
    async (request) => {
      const { dataset } = request.params;
      const report = await heavy(`duplicates ${dataset}`, (signal) => checks.duplicates(dataset, { signal }));
      return duplicatesItem(report, request.query.limit ?? 100);
    },
  );

  app.get(
    '/v1/datasets/:dataset/findings',
    {
      schema: {
        tags,
        operationId: 'listFindings',
        summary: 'What was noticed in the sources: exact counts, and samples',
        params: DatasetParams,
        querystring: FindingQuery,
        response: {
          200: Type.Intersect([
            pageOf(ref(FindingSchema)),
            Type.Object({
              counts: Type.Record(Type.String(), Type.Integer(), { description: 'Exact number by code' }),
            }),
          ]),
          ...problems(404, 504),
        },
      },
    },
    async (request, reply) => {
      const { limit = 100, ...query } = request.query;
      const signal = requestSignal(reply, limits.queryTimeoutMs);
      const { rows, next, counts } = await catalog.findings(
        request.params.dataset,
        { ...query, limit },
        { signal },
      );
      return { items: rows.map(findingItem), next, counts: { ...counts } };
    },
  );
}
