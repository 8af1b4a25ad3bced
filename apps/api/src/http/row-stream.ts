import { Readable } from 'node:stream';
import type { SqlBatch, SqlRow } from '@datavis/plugin-sdk';
import { rowsOf } from '@datavis/storage';
import type { FastifyReply } from 'fastify';
import { negotiate } from './accept.js';

export const NDJSON = 'application/x-ndjson';
export const ARROW = 'application/vnd.apache.arrow.stream';
const offers = ['application/json', NDJSON, ARROW] as const;

/** How a list is wanted: pages of JSON, or all rows as lines of JSON or as an Arrow stream. */
export function listFormat(accept: string | undefined): (typeof offers)[number] | undefined {
  return negotiate(accept, offers);
}

/** One JSON text a line, a batch at a time, so that a slow client holds back the query and not our memory. */
export function sendNdjson(
  reply: FastifyReply,
  batches: AsyncIterable<SqlBatch>,
  item: (row: SqlRow) => unknown,
): FastifyReply {
  async function* lines(): AsyncGenerator<string> {
    for await (const batch of batches) {
      let text = '';
      for (const row of rowsOf(batch)) text += `${JSON.stringify(item(row))}\n`;
      if (text !== '') yield text;
    }
  }
  return reply.type(NDJSON).send(Readable.from(lines(), { objectMode: false, highWaterMark: 1 << 20 }));
}

export async function sendArrow(reply: FastifyReply, batches: AsyncIterable<SqlBatch>): Promise<FastifyReply> {
  // 40 ms of loading that most servers never need.
  const { arrowStream } = await import('./arrow-stream.js');
  return reply.type(ARROW).send(Readable.from(arrowStream(batches), { objectMode: false }));
}
