import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createDataVisClient, unwrap, watchImport } from '@datavis/client';
import type { DataVisClient, Job } from '@datavis/client';
import { openDuckDb } from '@datavis/storage/duckdb-node';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makeLargeDataset } from './large-dataset.js';

// Servers in processes of their own: signals, and kills that no code of ours sees.
const child = fileURLToPath(new URL('./server-child.mjs', import.meta.url));
const loader = new URL('../../../tools/ts-worker.mjs', import.meta.url).href;

interface ServerProcess {
  readonly client: DataVisClient;
  readonly process: ChildProcess;
  readonly exited: Promise<[number | null, NodeJS.Signals | null]>;
  /** Lines of the log. */
  readonly log: readonly string[];
}

let dir: string;
const started: ChildProcess[] = [];
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'datavis-process-'));
  await makeLargeDataset(join(dir, 'large'));
});
afterEach(() => {
  for (const one of started.splice(0)) one.kill('SIGKILL');
  rmSync(dir, { recursive: true, force: true });
});

async function start(): Promise<ServerProcess> {
  const options = ['--db', join(dir, 'catalog.duckdb'), '--port', '0', '--root', dir];
  const server = spawn(
    process.execPath,
    ['--conditions=@datavis/source', `--import=${loader}`, child, ...options],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  started.push(server);
  const exited = once(server, 'exit') as ServerProcess['exited'];
  const log: string[] = [];
  const url = await new Promise<string>((resolve, reject) => {
    createInterface({ input: server.stdout }).on('line', (line) => {
      log.push(line);
      const found = /listening on (http:\S+),/.exec(line)?.[1];
      if (found !== undefined) resolve(found);
    });
    void exited.then(() => {
      reject(new Error('the server did not start'));
    });
  });
  return { client: createDataVisClient({ baseUrl: url }), process: server, exited, log };
}

/** Starts the import and waits until some of it is read. */
async function importPart({ client }: ServerProcess): Promise<Job> {
  const body = { sources: [join(dir, 'large')], dataset: 'large', media: false };
  const job = unwrap(await client.POST('/v1/imports', { body }));
  for (;;) {
    const { progress, state } = unwrap(
      await client.GET('/v1/imports/{job}', { params: { path: { job: job.id } } }),
    );
    if ((progress?.bytesRead ?? 0) > 0) return job;
    expect(['queued', 'running']).toContain(state);
    await sleep(5);
  }
}

async function resumed({ client }: ServerProcess, job: string): Promise<Job | undefined> {
  const path = { job };
  expect(unwrap(await client.GET('/v1/imports/{job}', { params: { path } })).state).toBe('paused');
  unwrap(await client.POST('/v1/imports/{job}/resume', { params: { path } }));
  let last: Job | undefined;
  for await (const seen of watchImport(client, job)) last = seen;
  return last;
}

async function stop(server: ServerProcess): Promise<void> {
  server.process.kill('SIGTERM');
  expect(await server.exited).toEqual([0, null]);
}

/** What the catalog holds when no server does. */
async function counts(): Promise<unknown> {
  const database = await openDuckDb(join(dir, 'catalog.duckdb'));
  const connection = await database.connect();
  const rows = await connection.all(
    `SELECT (SELECT count(*) FROM images)::INTEGER AS images, count(*)::INTEGER AS annotations,
       count(DISTINCT id)::INTEGER AS ids, count(image_key)::INTEGER AS linked FROM annotations`,
  );
  await database.close();
  return rows;
}

const whole = [{ images: 5000, annotations: 60_000, ids: 60_000, linked: 60_000 }];

test('SIGTERM in the middle of an import pauses it at its cursor; another process goes on with it', async () => {
  const first = await start();
  const job = await importPart(first);
  // Somebody watches: that does not hold the server up, and he sees how it ends.
  const seen: string[] = [];
  const watched = (async () => {
    for await (const { state } of watchImport(first.client, job.id)) seen.push(state);
  })();
  await expect.poll(() => seen.length).toBeGreaterThan(0);
  await stop(first);
  await watched;
  expect(seen.at(-1)).toBe('paused');
  expect(first.log.join('')).toContain(`an import is paused at its cursor: POST /v1/imports/${job.id}/resume`);

  const second = await start();
  const { error, request } = unwrap(
    await second.client.GET('/v1/imports/{job}', { params: { path: { job: job.id } } }),
  );
  expect([error, request]).toEqual([null, job.request]);
  expect(await resumed(second, job.id)).toMatchObject({ state: 'done', id: job.id });
  await stop(second);
  expect(await counts()).toEqual(whole);
}, 120_000);

test('after kill -9 the job is known as paused, and goes on to the same rows', async () => {
  const first = await start();
  const job = await importPart(first);
  first.process.kill('SIGKILL');
  expect(await first.exited).toEqual([null, 'SIGKILL']);

  const second = await start();
  const done = await resumed(second, job.id);
  expect(done?.error).toBeNull();
  expect(done).toMatchObject({ state: 'done' });
  await stop(second);
  expect(await counts()).toEqual(whole);
}, 120_000);

test('a second server on the same database says who has it, and ends with code 4', async () => {
  const first = await start();
  const args = ['--conditions=@datavis/source', `--import=${loader}`, child];
  const second = spawn(process.execPath, [...args, '--db', join(dir, 'catalog.duckdb'), '--port', '0'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  started.push(second);
  let said = '';
  second.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  expect(await once(second, 'exit')).toEqual([4, null]);
  expect(said).toContain('DATAVIS_CATALOG_LOCKED');
  expect(said).toContain(String(first.process.pid));
  await stop(first);
}, 60_000);
