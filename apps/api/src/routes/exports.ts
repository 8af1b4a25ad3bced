import { PARQUET_TABLES } from '@datavis/engine';
import type { ExportRequest } from '@datavis/engine';
import { parseFilter } from '@datavis/storage';
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { ApiError } from '../errors.js';
import { createDownload, DOWNLOAD_TYPES } from '../exports/download.js';
import { filterParams } from '../filter/filter-params.js';
import type { App } from '../http/app.js';
import { streamSignal, withDeadline } from '../http/request-signal.js';
import { binaryContent, oneOf, problems } from '../schemas/common.js';
import { DatasetParams } from '../schemas/params.js';
import type { RouteContext } from './context.js';

const ExportQuery = Type.Object(
  {
    ...filterParams,
    format: Type.Optional(oneOf(['coco', 'yolo', 'parquet'], { default: 'coco' })),
    merge: Type.Optional(
      oneOf(['renumber', 'keep'], {
        description: 'COCO: one file of all annotation files, with new ids or with those that they had',
      }),
    ),
    task: Type.Optional(
      oneOf(['detect', 'segment'], {
        default: 'detect',
        description: 'YOLO: boxes or outlines',
      }),
    ),
    table: Type.Optional(oneOf(PARQUET_TABLES, { description: 'Parquet: only this table, as a file' })),
  },
  { additionalProperties: false },
);

const exportAnswer = Type.Unsafe<unknown>({
  description: 'The export',
  content: {
    [DOWNLOAD_TYPES.json]: { schema: { description: 'A COCO file' } },
    ...binaryContent(DOWNLOAD_TYPES.zip, DOWNLOAD_TYPES.parquet),
  },
});

/** A dataset, or what a filter selects of it, as files for other tools. */
export function exportRoutes(app: App, { engine: { exports }, streamGate, nextTurn, limits }: RouteContext): void {
  app.get(
    '/v1/datasets/:dataset/export',
    {
      config: { rateLimit: { max: limits.jobsPerMinute, timeWindow: 60_000 } },
      // It would have to do all of the work to say how long the body is.
      exposeHeadRoute: false,
      schema: {
        tags: ['exports'],
        operationId: 'exportDataset',
        summary: 'The dataset as COCO, YOLO or Parquet, streamed',
        description:
          'COCO: the annotation file, deep-equal to what was imported; a zip where there were several. With `merge` it is one ' +
          'file; what could not be merged is in the header `x-datavis-left-out`, as JSON. YOLO: a zip of ' +
          'label files, with `left-out.json` where something was. Parquet: a zip of all tables, or one `table`. A ' +
          'filter selects images and, of these, annotations; one plain `split` exports the annotation files of that split.',
        params: DatasetParams,
        querystring: ExportQuery,
        response: { 200: exportAnswer, ...problems(404, 409, 503) },
      },
    },
    async (request, reply) => {
      const { dataset } = request.params;
      const signal = streamSignal(reply, limits.stallTimeoutMs);
      reply.raw.once('close', await streamGate.enter(withDeadline(signal, limits.queryTimeoutMs)));
      const opened = await exports.openExport(exportRequest(dataset, request.query), { signal });
      const { stream, type, extension, headers = {} } = await createDownload(opened, request.query, nextTurn);
      const name = `${dataset}.${extension}`;
      return reply
        .headers(headers)
        .header('cache-control', 'no-store')
        .header(
          'content-disposition',
          `attachment; filename="${name.replace(/[^\w. -]/g, '_')}"; filename*=UTF-8''${encodeName(name)}`,
        )
        .type(type)
        .send(stream);
    },
  );
}

function exportRequest(dataset: string, query: Static<typeof ExportQuery>): Omit<ExportRequest, 'out'> {
  const { format = 'coco', task, table, merge, split, ...rest } = query;
  if (table !== undefined && format !== 'parquet') {
    throw new ApiError('DATAVIS_API_BAD_REQUEST', '`table` goes with format=parquet');
  }
  if (merge !== undefined && format !== 'coco') {
    throw new ApiError('DATAVIS_API_BAD_REQUEST', '`merge` goes with format=coco');
  }
  const [only] = split?.length === 1 ? split : [];
  const isName = only !== undefined && !only.startsWith('!');
  const filter = parseFilter(isName ? rest : { ...rest, ...(split !== undefined && { split }) });
  return {
    dataset,
    format,
    filter,
    ...(task !== undefined && { task }),
    ...(merge !== undefined && { merge }),
    ...(isName && { split: only }),
  };
}

/** As RFC 8187 writes names that are not ASCII. */
function encodeName(name: string): string {
  return encodeURIComponent(name).replace(/['()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}
