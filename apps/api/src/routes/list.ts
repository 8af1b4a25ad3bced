import { Readable } from 'node:stream';
import type { SqlRow } from '@datavis/plugin-sdk';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { TSchema } from 'typebox';
import { ApiError } from '../errors.js';
import { requestSignal, streamSignal, withDeadline } from '../http/request-signal.js';
import { ARROW, listFormat, NDJSON, sendArrow, sendNdjson } from '../http/row-stream.js';
import type { PageRequest, RecordRequest, RecordTable, RowPage } from '@datavis/storage';
import type { RouteContext } from './context.js';

/** Parameters of pages. */
const PAGES_ONLY = ['limit', 'cursor', 'include', 'prefetch'] as const;

interface List {
  readonly query: RecordRequest & PageRequest;
  readonly table: RecordTable;
  readonly item: (row: SqlRow) => unknown;
  readonly page: (page: RowPage, signal: AbortSignal) => Promise<object>;
}

/** A list as a page of JSON, or all of it as NDJSON or Arrow, as the Accept header asks. */
export async function sendList(
  { engine: { catalog }, streamGate, pageGate, nextTurn, limits }: RouteContext,
  request: FastifyRequest,
  reply: FastifyReply,
  { query, table, item, page }: List,
): Promise<unknown> {
  const { dataset } = request.params as { readonly dataset: string };
  const format = listFormat(request.headers.accept);
  void reply.header('vary', 'accept');
  if (format === 'application/json') {
    const signal = requestSignal(reply, limits.queryTimeoutMs);
    return await pageGate.run(signal, async () => {
      const found = await catalog.page(dataset, table, query, { signal });
      const said = await page(found, signal);
      if (found.rows.length > 0 || query.cursor !== undefined) return said;
      const hint = await catalog.hint(dataset, query.filter ?? {}, { signal });
      return hint === undefined ? said : { ...said, hint };
    });
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
  const foreign = PAGES_ONLY.filter((name) => new URL(request.url, 'http://localhost').searchParams.has(name));
  if (foreign.length > 0) {
    throw new ApiError('DATAVIS_API_BAD_REQUEST', `A stream is all rows: it takes no ${foreign.join(', no ')}`, {
      hint: 'Ask for application/json, or leave it out.',
    });
  }
  if (request.method === 'HEAD') {
    // Nobody would read the rows; whether there are any to be had is still said.
    const signal = requestSignal(reply, limits.queryTimeoutMs);
    await pageGate.run(signal, () => catalog.page(dataset, table, { ...query, limit: 1 }, { signal }));
    return reply.type(format).send(Readable.from([]));
  }
  const signal = streamSignal(reply, limits.stallTimeoutMs);
  reply.raw.once('close', await streamGate.enter(withDeadline(signal, limits.queryTimeoutMs)));
  const batches = catalog.batches(dataset, table, query, { signal, typedLists: true });
  return format === NDJSON ? sendNdjson(reply, batches, item, nextTurn) : sendArrow(reply, batches, nextTurn);
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
