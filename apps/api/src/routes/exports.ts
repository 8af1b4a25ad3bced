import { Readable } from 'node:stream';
import { PARQUET_TABLES } from '@datavis/engine';
import type { ExportRequest, FilePlan, OpenExport } from '@datavis/engine';
import { parseFilter } from '@datavis/storage';
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { ApiError } from '../errors.js';
import { filterParams } from '../filter/filter-params.js';
import type { App } from '../http/app.js';
import { streamSignal, withDeadline } from '../http/request-signal.js';
import type { NextTurn } from '../http/turns.js';
import { byteStream, zipStream } from '../http/zip-stream.js';
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

const JSON_TYPE = 'application/json';
const ZIP = 'application/zip';
const PARQUET = 'application/vnd.apache.parquet';
const LEFT_OUT_HEADER = 'x-datavis-left-out';

const exportAnswer = Type.Unsafe<unknown>({
  description: 'The export',
  content: { [JSON_TYPE]: { schema: { description: 'A COCO file' } }, ...binaryContent(ZIP, PARQUET) },
});

interface Download {
  readonly stream: Readable;
  readonly type: string;
  readonly extension: string;
  readonly headers?: Readonly<Record<string, string>>;
}

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
      const { stream, type, extension, headers = {} } = await download(opened, request.query, nextTurn);
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

async function download(
  opened: OpenExport,
  { format = 'coco', table, merge }: Static<typeof ExportQuery>,
  nextTurn: NextTurn,
): Promise<Download> {
  const files = (isWanted?: (key: string) => boolean) => filesOf(opened, nextTurn, isWanted);
  if (table !== undefined) {
    const file = files((key) => key === `${table}.parquet`);
    return { stream: byteStream(bytesOf(file)), type: PARQUET, extension: `${table}.parquet` };
  }
  if (merge !== undefined) return await mergedDownload(opened, files());
  if (format === 'coco' && opened.sources.length === 1) {
    return { stream: byteStream(bytesOf(files())), type: JSON_TYPE, extension: 'json' };
  }
  return { stream: zipStream(files()), type: ZIP, extension: `${format}.zip` };
}

/** The one file of a merged export. Whether it can be made, and what it cannot hold, is known before its first byte. */
async function mergedDownload({ leftOut }: OpenExport, files: AsyncGenerator<FilePlan, void>): Promise<Download> {
  const first = await files.next();
  async function* bytes(): AsyncGenerator<Uint8Array> {
    try {
      if (first.done !== true) yield* first.value.body();
    } finally {
      await files.return();
    }
  }
  // A header is ASCII.
  const said = JSON.stringify(leftOut).replace(
    /[^ -~]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return {
    stream: byteStream(bytes()),
    type: JSON_TYPE,
    extension: 'json',
    headers: said === '{}' ? {} : { [LEFT_OUT_HEADER]: said },
  };
}

/** The files of an export, which is closed behind the last one or when the reader leaves. */
async function* filesOf(
  opened: OpenExport,
  nextTurn: NextTurn,
  isWanted: (key: string) => boolean = () => true,
): AsyncGenerator<FilePlan, void> {
  try {
    for await (const { key, body } of opened.files) {
      await nextTurn();
      if (isWanted(key)) yield { key, body: () => inTurn(body(), nextTurn) };
    }
    if (Object.keys(opened.leftOut).length > 0) {
      const text = `${JSON.stringify(opened.leftOut, null, 1)}\n`;
      yield { key: 'left-out.json', body: () => Readable.from([Buffer.from(text)]) };
    }
  } finally {
    await opened.close();
  }
}

async function* inTurn(pieces: AsyncIterable<Uint8Array>, nextTurn: NextTurn): AsyncGenerator<Uint8Array> {
  for await (const piece of pieces) {
    yield piece;
    await nextTurn();
  }
}

async function* bytesOf(files: AsyncIterable<FilePlan>): AsyncGenerator<Uint8Array> {
  for await (const { body } of files) yield* body();
}

/** As RFC 8187 writes names that are not ASCII. */
function encodeName(name: string): string {
  return encodeURIComponent(name).replace(/['()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}
