import type { ImportPort } from '../ports.js';
import { createJobs } from './jobs.js';
import type { Jobs } from './job-contract.js';
import type { ImportProgress, ImportRequest, ImportResult, Job } from './job.js';
import type { JobStore } from './job-store.js';

/** Imports as jobs: one at a time, since a database has one writer. Stopped ones stand at a cursor and can go on. */
export type ImportJobs = Jobs<ImportRequest, Job>;

export function createImportJobs(
  imports: ImportPort,
  store: JobStore<Job>,
  onDone: () => void,
): Promise<ImportJobs> {
  return createJobs<ImportRequest, ImportProgress, ImportResult, 'paused'>({
    stopped: 'paused',
    store,
    async run(request, { signal, onProgress }) {
      const result = await imports.import(request, {
        signal,
        onProgress: ({ etaMs, ...progress }) => {
          onProgress({ ...progress, ...(etaMs !== undefined && { etaMs }) });
        },
      });
      onDone();
      return { ...result, sources: [...result.sources] };
    },
  });
}
