import type { DataVisClient } from './client.js';
import { unwrap } from './problem.js';
import type { components } from './schema.js';

export type Job = components['schemas']['Job'];

/**
 * An import now and after each change, until it is done, failed or paused. Breaking out of the loop, or the signal, ends
 * the connection; the import goes on.
 *
 * @throws ProblemError `DATAVIS_API_NOT_FOUND`
 */
export async function* watchImport(
  client: DataVisClient,
  job: string,
  { signal }: { readonly signal?: AbortSignal } = {},
): AsyncGenerator<Job, void> {
  const answer = await client.GET('/v1/imports/{job}/events', {
    params: { path: { job } },
    parseAs: 'stream',
    ...(signal !== undefined && { signal }),
  });
  const body = unwrap(answer) as unknown as ReadableStream<Uint8Array> | null;
  if (body === null) return;
  const reader = body.getReader();
  const utf8 = new TextDecoder();
  let rest = '';
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const events = (rest + utf8.decode(value, { stream: true })).split('\n\n');
      rest = events.pop() ?? '';
      for (const event of events) {
        const data = /^data: (.*)$/m.exec(event)?.[1];
        if (data !== undefined) yield JSON.parse(data) as Job;
      }
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
