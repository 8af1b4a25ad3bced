import type { DataVisClient } from './client.js';
import { unwrap } from './problem.js';
import type { components } from './schema.js';

export type Job = components['schemas']['Job'];
export type Task = components['schemas']['Task'];

export interface WatchOptions {
  readonly signal?: AbortSignal;
}

/**
 * An import now and after each change, until it is done, failed or paused. Breaking out of the loop, or the signal, ends
 * the connection; the import goes on.
 *
 * @throws ProblemError `DATAVIS_API_NOT_FOUND`
 */
export async function* watchImport(
  client: DataVisClient,
  job: string,
  options: WatchOptions = {},
): AsyncGenerator<Job, void> {
  const answer = await client.GET('/v1/imports/{job}/events', {
    params: { path: { job } },
    parseAs: 'stream',
    ...options,
  });
  yield* events<Job>(unwrap(answer));
}

/**
 * A task (snapshot, verification) now and after each change, until it is done, failed or cancelled.
 *
 * @throws ProblemError `DATAVIS_API_NOT_FOUND`
 */
export async function* watchTask(
  client: DataVisClient,
  task: string,
  options: WatchOptions = {},
): AsyncGenerator<Task, void> {
  const answer = await client.GET('/v1/tasks/{task}/events', {
    params: { path: { task } },
    parseAs: 'stream',
    ...options,
  });
  yield* events<Task>(unwrap(answer));
}

/** Data of server-sent events, each one line of JSON. */
async function* events<T>(body: ReadableStream<Uint8Array> | null): AsyncGenerator<T, void> {
  if (body === null) return;
  const reader = body.getReader();
  const utf8 = new TextDecoder();
  let rest = '';
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const parts = (rest + utf8.decode(value, { stream: true })).split('\n\n');
      rest = parts.pop() ?? '';
      for (const part of parts) {
        const data = /^data: (.*)$/m.exec(part)?.[1];
        if (data !== undefined) yield JSON.parse(data) as T;
      }
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
