import type { Problem } from '../schemas/problem.js';
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
  /** Stops the running job and takes no more. Resolves to that job, where it has not come to its end. */
  close(): Promise<Job | undefined>;
}
