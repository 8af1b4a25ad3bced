import { randomUUID } from 'node:crypto';
import { isAbortError } from '@datavis/plugin-sdk';
import { normalizeError, toProblem } from '../error-mapping.js';
import { ApiError } from '../errors.js';
import type { Problem } from '../schemas/problem.js';
import { MAX_KEPT_JOBS } from './job-store.js';
import type { JobStore } from './job-store.js';

/** Work that outlives its request. `Stopped` is the state of a job that was stopped, by a client or by a restart. */
export interface JobOf<Request, Progress, Result, Stopped extends string> {
  readonly id: string;
  readonly state: 'queued' | 'running' | 'done' | 'failed' | Stopped;
  readonly request: Request;
  readonly progress: Progress | null;
  readonly result: Result | null;
  readonly error: Problem | null;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export interface JobCall<Progress> {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
}

export interface JobsOptions<Request, Progress, Result, Stopped extends string> {
  readonly run: (request: Request, call: JobCall<Progress>) => Promise<Result>;
  readonly store: JobStore<JobOf<Request, Progress, Result, Stopped>>;
  readonly stopped: Stopped;
}

/** Jobs of one kind: one runs, the rest wait. */
export interface Jobs<Request, Job extends { readonly state: string }> {
  list(): readonly Job[];
  /** @throws `DATAVIS_API_NOT_FOUND` */
  get(id: string): Job;
  start(request: Request): Promise<Job>;
  /** Stops a job. @throws `DATAVIS_API_CONFLICT` when it has ended. */
  cancel(id: string): Promise<Job>;
  /** Runs a stopped or failed job again. @throws `DATAVIS_API_CONFLICT` when it runs, waits or is done. */
  resume(id: string): Promise<Job>;
  /** The job now and after each change, until it rests (`done`, `failed`, stopped) or `signal` aborts. */
  watch(id: string, signal: AbortSignal): AsyncGenerator<Job>;
  /** Stops the running job and takes no more. */
  close(): Promise<void>;
}

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
  const watchers = new Set<() => void>();
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
    for (const wake of watchers) wake();
    return job;
  }

  async function save(): Promise<void> {
    for (const job of jobs.values()) {
      if (jobs.size <= MAX_KEPT_JOBS) break;
      if (job.state === 'done' || job.state === 'failed') jobs.delete(job.id);
    }
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
    async *watch(id, signal) {
      let wake: () => void = () => undefined;
      const notify = (): void => {
        wake();
      };
      watchers.add(notify);
      signal.addEventListener('abort', notify, { once: true });
      try {
        let seen: Job | undefined;
        const left = (): boolean => signal.aborted;
        while (!left()) {
          const job = get(id);
          if (job !== seen) yield (seen = job);
          if (resting.has(job.state)) return;
          if (get(id) === seen && !left()) await new Promise<void>((resolve) => (wake = resolve));
        }
      } finally {
        watchers.delete(notify);
        signal.removeEventListener('abort', notify);
      }
    },
    async close() {
      closed = true;
      running?.abort.abort();
      await running?.ended;
    },
  };
}

function conflict(job: { readonly state: string }, done: string): ApiError {
  return new ApiError('DATAVIS_API_CONFLICT', `A job that is ${job.state} cannot be ${done}`);
}
