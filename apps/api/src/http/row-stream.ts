import { Readable } from 'node:stream';
import type { SqlBatch, SqlRow } from '@datavis/plugin-sdk';
import { rowsOf } from '@datavis/storage';
import type { FastifyReply } from 'fastify';
import { negotiate } from './accept.js';
import type { NextTurn } from './turns.js';

export const NDJSON = 'application/x-ndjson';
export const ARROW = 'application/vnd.apache.arrow.stream';
/** Rows that are written in one go: 1 to 4 ms of work. */
const [LINES_AT_ONCE, RECORDS_AT_ONCE] = [64, 256];
const offers = ['application/json', NDJSON, ARROW] as const;

/** How a list is wanted: pages of JSON, or all rows as lines of JSON or as an Arrow stream. */
export function listFormat(accept: string | undefined): (typeof offers)[number] | undefined {
  return negotiate(accept, offers);
}

/** One JSON text a line, some rows at a time, so that a slow client holds back the query and not our memory. */
export function sendNdjson(
  reply: FastifyReply,
  batches: AsyncIterable<SqlBatch>,
  item: (row: SqlRow) => unknown,
  nextTurn: NextTurn,
): FastifyReply {
  async function* lines(): AsyncGenerator<string> {
    for await (const batch of inParts(batches, LINES_AT_ONCE, nextTurn)) {
      let text = '';
      for (const row of rowsOf(batch)) text += `${JSON.stringify(item(row))}\n`;
      if (text !== '') yield text;
    }
  }
  return reply.type(NDJSON).send(Readable.from(lines(), { objectMode: false, highWaterMark: 1 << 20 }));
}

export async function sendArrow(
  reply: FastifyReply,
  batches: AsyncIterable<SqlBatch>,
  nextTurn: NextTurn,
): Promise<FastifyReply> {
  // 40 ms of loading that most servers never need.
  const { arrowStream } = await import('./arrow-stream.js');
  return reply
    .type(ARROW)
    .send(Readable.from(arrowStream(inParts(batches, RECORDS_AT_ONCE, nextTurn)), { objectMode: false }));
}

/** The same rows in smaller batches, each when its turn has come. */
async function* inParts(
  batches: AsyncIterable<SqlBatch>,
  rows: number,
  nextTurn: NextTurn,
): AsyncGenerator<SqlBatch> {
  for await (const { length, names, columns } of batches) {
    for (let from = 0; from < length; from += rows) {
      const to = Math.min(length, from + rows);
      await nextTurn();
      yield { length: to - from, names, columns: columns.map((column) => part(column, from, to)) };
    }
  }
}

function part(column: ArrayLike<unknown>, from: number, to: number): ArrayLike<unknown> {
  return Array.prototype.slice.call(column, from, to) as unknown[];
}
