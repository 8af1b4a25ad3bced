import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';

/** Proxies drop connections that are silent for a minute. */
const HEARTBEAT_MS = 15_000;

/**
 * Sends values as server-sent events, each the whole state, so a client that reconnects misses nothing.
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export function sendEvents(reply: FastifyReply, event: string, values: AsyncGenerator): FastifyReply {
  let wake: () => void = () => undefined;
  const stream = new Readable({
    read() {
      wake();
    },
  });
  const heartbeat = setInterval(() => {
    if (stream.readableLength === 0) stream.push(': still here\n\n');
  }, HEARTBEAT_MS);
  stream.once('close', () => {
    clearInterval(heartbeat);
    wake();
    void values.return(undefined);
  });
  void (async () => {
    let id = 0;
    try {
      for await (const value of values) {
        const text = `event: ${event}\nid: ${++id}\ndata: ${JSON.stringify(value)}\n\n`;
        // Who reads slowly gets fewer states, none of them old.
        if (!stream.push(text) && !stream.destroyed) await new Promise<void>((resolve) => (wake = resolve));
      }
      stream.push(null);
    } catch (error) {
      stream.destroy(error as Error);
    }
  })();
  return reply
    .headers({ 'cache-control': 'no-store', 'x-accel-buffering': 'no' })
    .type('text/event-stream; charset=utf-8')
    .send(stream);
}
