import { readFile, rename, writeFile } from 'node:fs/promises';

/** Keeps the list of jobs over restarts. What an import has done is in the database; this is who asked for what. */
export interface JobStore<Job> {
  load(): Promise<readonly Job[]>;
  save(jobs: readonly Job[]): Promise<void>;
}

/** Most jobs kept; the oldest finished ones are forgotten first. */
export const MAX_KEPT_JOBS = 500;

/** One JSON file, replaced by rename: readers see the old list or the new one. Without a path, memory only. */
export function createJobStore<Job>(path: string | undefined): JobStore<Job> {
  if (path === undefined) return { load: () => Promise.resolve([]), save: () => Promise.resolve() };
  let last: Promise<void> = Promise.resolve();
  return {
    async load() {
      try {
        return JSON.parse(await readFile(path, 'utf8')) as readonly Job[];
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
        throw error;
      }
    },
    save(jobs) {
      const text = `${JSON.stringify(jobs, null, 1)}\n`;
      last = last
        .catch(() => undefined)
        .then(async () => {
          await writeFile(`${path}.new`, text, { mode: 0o600 });
          await rename(`${path}.new`, path);
        });
      return last;
    },
  };
}
