import { randomUUID } from 'node:crypto';
import { isAbortError } from '@datavis/plugin-sdk';
import { normalizeError, toProblem } from '../error-mapping.js';
import { ApiError } from '../errors.js';
import type { JobOf, Jobs, JobsOptions } from './job-contract.js';
import { MAX_KEPT_JOBS, MAX_WAITING_JOBS } from './job-store.js';
import { createWatchers } from './watchers.js';

interface Running {
  readonly id: string;
  readonly abort: AbortController;
  readonly ended: Promise<void>;
}

export async function createJobs<Request, Progress, Result, Stopped extends string>({
  run: work,
  store,
  stopped,
}: JobsOptions<Request, Progress, Result, Stopped>): Promise<
  Jobs<Request, JobOf<Request, Progress, Result, Stopped>>
> {
  type Job = JobOf<Request, Progress, Result, Stopped>;
  const resting: ReadonlySet<Job['state']> = new Set<Job['state']>(['done', 'failed', stopped]);
  // What ran when the process ended has stopped there.
  const jobs = new Map(
    (await store.load()).map((job) => [job.id, resting.has(job.state) ? job : { ...job, state: stopped }]),
  );
  const watchers = createWatchers();
  let running: Running | undefined;
  let closed = false;

  function get(id: string): Job {
    const job = jobs.get(id);
    if (job === undefined) throw new ApiError('DATAVIS_API_NOT_FOUND', 'There is no such job');
    return job;
  }

  function update(id: string, change: Partial<Job>): Job {
    const job = { ...get(id), ...change, updatedAt: new Date().toISOString() };
    jobs.set(id, job);
    watchers.wake();
    return job;
  }

  async function save(): Promise<void> {
    const ended = [...jobs.values()].filter(({ state }) => state === 'done' || state === 'failed');
    const halted = [...jobs.values()].filter(({ state }) => state === stopped);
    for (const { id } of [...ended, ...halted].slice(0, Math.max(0, jobs.size - MAX_KEPT_JOBS))) jobs.delete(id);
    await store.save([...jobs.values()]);
  }

  async function run(id: string, signal: AbortSignal): Promise<void> {
    update(id, { state: 'running', error: null });
    try {
      const onProgress = (progress: Progress): void => void update(id, { progress });
      const result = await work(get(id).request, { signal, onProgress });
      update(id, { state: 'done', result });
    } catch (error) {
      if (signal.aborted && (isAbortError(error) || error === signal.reason)) update(id, { state: stopped });
      else update(id, { state: 'failed', error: toProblem(normalizeError(error), id) });
    }
    await save();
  }

  function next(): void {
    if (closed || running !== undefined) return;
    const waiting = [...jobs.values()].find(({ state }) => state === 'queued');
    if (waiting === undefined) return;
    const abort = new AbortController();
    const ended = run(waiting.id, abort.signal).finally(() => {
      running = undefined;
      next();
    });
    running = { id: waiting.id, abort, ended };
  }

  async function enqueue(job: Job): Promise<Job> {
    if (closed) throw new ApiError('DATAVIS_API_BUSY', 'The server is closing');
    if ([...jobs.values()].filter(({ state }) => state === 'queued').length >= MAX_WAITING_JOBS) {
      throw new ApiError('DATAVIS_API_BUSY', `${MAX_WAITING_JOBS} jobs are waiting already`, {
        hint: 'Wait for some to end, or cancel some.',
      });
    }
    // A resumed job waits behind those that came meanwhile.
    jobs.delete(job.id);
    jobs.set(job.id, { ...job, state: 'queued', updatedAt: new Date().toISOString() });
    await save();
    next();
    return get(job.id);
  }

  return {
    list: () => [...jobs.values()].reverse(),
    get,
    start(request) {
      const now = new Date().toISOString();
      return enqueue({
        id: randomUUID(),
        state: 'queued',
        request,
        progress: null,
        result: null,
        error: null,
        createdAt: now,
        updatedAt: now,
      });
    },
    async cancel(id) {
      const job = get(id);
      if (job.state === 'queued') update(id, { state: stopped });
      else if (job.state !== 'running') throw conflict(job, 'stopped');
      if (running?.id === id) {
        running.abort.abort();
        await running.ended;
      } else await save();
      return get(id);
    },
    async resume(id) {
      const job = get(id);
      if (job.state !== stopped && job.state !== 'failed') throw conflict(job, 'resumed');
      return await enqueue(job);
    },
    watch: (id, signal) =>
      watchers.watch(
        () => get(id),
        ({ state }) => resting.has(state),
        signal,
      ),
    async close() {
      closed = true;
      const ending = running;
      ending?.abort.abort();
      await ending?.ended;
      const last = ending && jobs.get(ending.id);
      return last?.state === stopped ? last : undefined;
    },
  };
}

function conflict(job: { readonly state: string }, done: string): ApiError {
  return new ApiError('DATAVIS_API_CONFLICT', `A job that is ${job.state} cannot be ${done}`);
}
