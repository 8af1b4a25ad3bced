import type { FastifyReply } from 'fastify';

/** Aborts when the client goes away before the answer is complete, or when the answer takes longer than `timeoutMs`. */
export function requestSignal(reply: FastifyReply, timeoutMs?: number): AbortSignal {
  const gone = new AbortController();
  const { raw, request } = reply;
  if (raw.destroyed) gone.abort();
  raw.once('close', () => {
    // Of a HEAD, everything is sent at once, and a stream would be read to its end for nobody.
    if (!raw.writableFinished || request.method === 'HEAD') gone.abort();
  });
  return timeoutMs === undefined ? gone.signal : withDeadline(gone.signal, timeoutMs);
}

export function withDeadline(signal: AbortSignal, timeoutMs: number): AbortSignal {
  return AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
}

/**
 * For answers of any length, which have no deadline: aborts with the client, and cuts off one that takes nothing for
 * `stallTimeoutMs`. A slow one is waited for.
 */
export function streamSignal(reply: FastifyReply, stallTimeoutMs: number): AbortSignal {
  const { raw } = reply;
  raw.setTimeout(stallTimeoutMs, () => {
    // Where nothing waits to be taken, we are the slow ones.
    if ((raw.socket?.writableLength ?? 0) > 0) raw.destroy();
  });
  return requestSignal(reply);
}
