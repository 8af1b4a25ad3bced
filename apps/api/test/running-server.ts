import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDataVisClient, unwrap, watchImport, watchTask } from '@datavis/client';
import type { DataVisClient, Job, Task } from '@datavis/client';
import { compose } from '../src/composition.js';
import type { ApiOptions } from '../src/index.js';
import { writeDataset } from './dataset.js';
import type { Fixture } from './dataset.js';

export interface RunningServer {
  readonly url: string;
  readonly client: DataVisClient;
  readonly fixture: Fixture;
  /** Ends the server and starts another on the same database. */
  restart(): Promise<RunningServer>;
  close(): Promise<void>;
}

/** A whole server process's parts over a real database file, with one dataset to import. */
export async function startServer(
  api: ApiOptions = {},
  makeDataset: (dir: string) => Promise<Fixture> = writeDataset,
  configFile?: string,
): Promise<RunningServer> {
  const dir = mkdtempSync(join(tmpdir(), 'datavis-api-'));
  const fixture = await makeDataset(join(dir, 'pets'));
  const start = async (): Promise<RunningServer> => {
    const application = await compose({
      database: join(dir, 'datavis.duckdb'),
      cacheDir: join(dir, 'cache'),
      cacheMaxBytes: 8 * 1024 * 1024,
      originalsMaxBytes: 0,
      thumbnailMemoryBytes: 8 * 1024 * 1024,
      memoryLimitBytes: undefined,
      threads: undefined,
      snapshotDir: join(dir, 'snapshots'),
      gcsEndpoint: undefined,
      httpHosts: undefined,
      configFile,
      logLevel: 'silent',
      api: {
        port: 0,
        roots: [fixture.dir],
        jobsFile: join(dir, 'jobs.json'),
        tasksFile: join(dir, 'tasks.json'),
        ...api,
      },
    });
    const url = await application.server.listen();
    return {
      url,
      client: createDataVisClient({ baseUrl: url }),
      fixture,
      async restart() {
        await application.close();
        return await start();
      },
      async close() {
        await application.close();
        rmSync(dir, { recursive: true });
      },
    };
  };
  return await start();
}

/** Imports the server's dataset through the API, as a client would. */
export async function importPets({ client, fixture }: RunningServer): Promise<Job> {
  let job = unwrap(await client.POST('/v1/imports', { body: { sources: [fixture.dir], dataset: 'pets' } }));
  for await (const seen of watchImport(client, job.id)) job = seen;
  return job;
}

/** Makes a snapshot through the API and waits for it. */
export async function makeSnapshot(
  { client }: RunningServer,
  body: { readonly name?: string; readonly dataset?: string },
): Promise<Task> {
  let task = unwrap(await client.POST('/v1/snapshots', { body }));
  for await (const seen of watchTask(client, task.id)) task = seen;
  return task;
}
