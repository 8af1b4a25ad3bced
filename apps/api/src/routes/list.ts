import type { SqlRow } from '@datavis/plugin-sdk';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { TSchema } from 'typebox';
import { ApiError } from '../errors.js';
import { requestSignal } from '../http/request-signal.js';
import { ARROW, listFormat, NDJSON, sendArrow, sendNdjson } from '../http/row-stream.js';
import type { PageRequest, RecordRequest, RecordTable, RowPage } from '@datavis/storage';
import type { RouteContext } from './context.js';

interface List {
  readonly query: RecordRequest & PageRequest;
  readonly table: RecordTable;
  readonly item: (row: SqlRow) => unknown;
  readonly page: (page: RowPage, signal: AbortSignal) => Promise<unknown>;
}

/** A list as a page of JSON, or all of it as NDJSON or Arrow, as the Accept header asks. */
export async function sendList(
  { engine: { catalog }, gate, pageGate, limits }: RouteContext,
  request: FastifyRequest,
  reply: FastifyReply,
  { query, table, item, page }: List,
): Promise<unknown> {
  const { dataset } = request.params as { readonly dataset: string };
  const format = listFormat(request.headers.accept);
  void reply.header('vary', 'accept');
  if (format === 'application/json') {
    const signal = requestSignal(reply, limits.queryTimeoutMs);
    return await pageGate.run(signal, async () =>
      page(await catalog.page(dataset, table, query, { signal }), signal),
    );
  }
  if (format === undefined) {
    throw new ApiError(
      'DATAVIS_API_NOT_ACCEPTABLE',
      'This list has none of the types that the Accept header takes',
      {
        hint: `There are application/json, ${NDJSON} and ${ARROW}.`,
      },
    );
  }
  // A stream may take long, so it has no deadline; it ends with its client, and holds a place among the heavy ones.
  const signal = requestSignal(reply);
  const leave = await gate.enter(signal);
  reply.raw.once('close', leave);
  const batches = catalog.batches(dataset, table, query, { signal });
  return format === NDJSON ? sendNdjson(reply, batches, item) : sendArrow(reply, batches);
}

/** The three forms of a list, for the document. */
export function listAnswers(page: TSchema): ReturnType<typeof Type.Unsafe<unknown>> {
  return Type.Unsafe<unknown>({
    description: 'A page; all rows as lines of JSON or as an Arrow stream',
    content: {
      'application/json': { schema: page },
      [NDJSON]: { schema: { type: 'string', description: 'One JSON text a line' } },
      [ARROW]: { schema: { type: 'string', format: 'binary' } },
    },
  });
}
