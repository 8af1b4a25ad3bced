import type { CheckPort } from '../ports.js';
import type { SnapshotFolder } from '@datavis/engine';
import { createJobs } from './jobs.js';
import type { JobCall, Jobs } from './job-contract.js';
import type { JobStore } from './job-store.js';
import type { Task, TaskProgress, TaskRequest, TaskResult } from './task.js';

/** Snapshots and verifications: each reads a whole dataset, so one at a time. A stopped one leaves nothing. */
export type Tasks = Jobs<TaskRequest, Task>;

export interface TaskDeps {
  readonly snapshots: SnapshotFolder;
  readonly checks: CheckPort;
}

export function createTasks({ snapshots, checks }: TaskDeps, store: JobStore<Task>): Promise<Tasks> {
  async function snapshot(
    { name, dataset }: TaskRequest & { readonly kind: 'snapshot' },
    { signal, onProgress }: JobCall<TaskProgress>,
  ): Promise<TaskResult> {
    const { bytes, rows, leftOut, elapsedMs } = await snapshots.create(
      { name, ...(dataset !== null && { dataset }) },
      {
        signal,
        onProgress: ({ table, tables, tablesTotal }) => {
          onProgress({ step: table, done: tables, total: tablesTotal });
        },
      },
    );
    return { dataset, bytes, rows: { ...rows }, leftOut: [...leftOut], elapsedMs };
  }

  async function verification(dataset: string, { signal, onProgress }: JobCall<TaskProgress>): Promise<TaskResult> {
    const { sources, ...found } = await checks.verify(
      { dataset },
      {
        signal,
        onProgress: ({ uri, bytes, bytesTotal }) => {
          onProgress({ step: uri, done: bytes, total: bytesTotal });
        },
      },
    );
    return { ...found, sources: sources.map((source) => ({ ...source, sections: [...source.sections] })) };
  }

  return createJobs<TaskRequest, TaskProgress, TaskResult, 'cancelled'>({
    stopped: 'cancelled',
    store,
    run: (request, call) =>
      request.kind === 'snapshot' ? snapshot(request, call) : verification(request.dataset, call),
  });
}
