import type { FastifyReply } from 'fastify';

/** Aborts when the client goes away before the answer is complete, or when the answer takes longer than `timeoutMs`. */
export function requestSignal(reply: FastifyReply, timeoutMs?: number): AbortSignal {
  const gone = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) gone.abort();
  });
  return timeoutMs === undefined ? gone.signal : AbortSignal.any([gone.signal, AbortSignal.timeout(timeoutMs)]);
}
