import { randomUUID } from 'node:crypto';
import { isAbortError } from '@datavis/plugin-sdk';
import { normalizeError, toProblem } from '../error-mapping.js';
import { ApiError } from '../errors.js';
import type { ImportPort } from '../ports.js';
import type { Job, ImportRequest } from './job.js';
import { MAX_KEPT_JOBS } from './job-store.js';
import type { JobStore } from './job-store.js';

/** Imports as jobs: one runs, the rest wait, since a database has one writer. */
export interface ImportJobs {
  list(): readonly Job[];
  /** @throws `DATAVIS_API_NOT_FOUND` */
  get(id: string): Job;
  start(request: ImportRequest): Promise<Job>;
  /** Stops a job at its cursor. @throws `DATAVIS_API_CONFLICT` when it has ended. */
  cancel(id: string): Promise<Job>;
  /** Lets a paused or failed job go on. @throws `DATAVIS_API_CONFLICT` when it runs, waits or is done. */
  resume(id: string): Promise<Job>;
  /** The job now and after each change, until it rests (`done`, `failed`, `paused`) or `signal` aborts. */
  watch(id: string, signal: AbortSignal): AsyncGenerator<Job>;
  /** Pauses the running job at its cursor and takes no more. */
  close(): Promise<void>;
}

interface Running {
  readonly id: string;
  readonly abort: AbortController;
  readonly ended: Promise<void>;
}

const resting: ReadonlySet<Job['state']> = new Set(['done', 'failed', 'paused']);

export async function createImportJobs(
  imports: ImportPort,
  store: JobStore,
  onDone: () => void,
): Promise<ImportJobs> {
  // A job that ran when the process ended stands at its last cursor now.
  const jobs = new Map(
    (await store.load()).map((job) => [
      job.id,
      resting.has(job.state) ? job : { ...job, state: 'paused' as const },
    ]),
  );
  const watchers = new Set<() => void>();
  let running: Running | undefined;
  let closed = false;

  function get(id: string): Job {
    const job = jobs.get(id);
    if (job === undefined) throw new ApiError('DATAVIS_API_NOT_FOUND', 'There is no such import');
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
      const result = await imports.import(get(id).request, {
        signal,
        onProgress: ({ etaMs, ...progress }) => {
          update(id, { progress: { ...progress, ...(etaMs !== undefined && { etaMs }) } });
        },
      });
      update(id, { state: 'done', result: { ...result, sources: [...result.sources] } });
      onDone();
    } catch (error) {
      if (signal.aborted && (isAbortError(error) || error === signal.reason)) update(id, { state: 'paused' });
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
      if (job.state === 'queued') update(id, { state: 'paused' });
      else if (job.state !== 'running') throw conflict(job, 'stopped');
      if (running?.id === id) {
        running.abort.abort();
        await running.ended;
      } else await save();
      return get(id);
    },
    async resume(id) {
      const job = get(id);
      if (job.state !== 'paused' && job.state !== 'failed') throw conflict(job, 'resumed');
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

function conflict(job: Job, done: string): ApiError {
  return new ApiError('DATAVIS_API_CONFLICT', `A job that is ${job.state} cannot be ${done}`);
}
