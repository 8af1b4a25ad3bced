import { readFile, rename, writeFile } from 'node:fs/promises';

/** Keeps the list of jobs over restarts. What an import has done is in the database; this is who asked for what. */
export interface JobStore<Job> {
  load(): Promise<readonly Job[]>;
  save(jobs: readonly Job[]): Promise<void>;
}

/** Most jobs kept; the oldest ended ones are forgotten first, then the oldest stopped ones. */
export const MAX_KEPT_JOBS = 500;
/** Most jobs that wait for their turn. */
export const MAX_WAITING_JOBS = 100;

/**
 * One JSON file, replaced by rename: readers see the old list or the new one. Without a path, memory only. A file that is
 * no list (a full disk, an editor) is put aside: what imports have done is in the database.
 */
export function createJobStore<Job>(
  path: string | undefined,
  onDamaged: (movedTo: string) => void = () => undefined,
): JobStore<Job> {
  if (path === undefined) return { load: () => Promise.resolve([]), save: () => Promise.resolve() };
  let last: Promise<void> = Promise.resolve();
  return {
    async load() {
      const jobs = await readFile(path, 'utf8').then(parseList, (error: unknown) => {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
        throw error;
      });
      if (jobs !== undefined) return jobs as readonly Job[];
      await rename(path, `${path}.damaged`);
      onDamaged(`${path}.damaged`);
      return [];
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

function parseList(text: string): readonly unknown[] | undefined {
  try {
    const list: unknown = JSON.parse(text);
    return Array.isArray(list) ? (list as unknown[]) : undefined;
  } catch {
    return undefined;
  }
}
