import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataVisError } from '@datavis/plugin-sdk';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ImportProgress, ImportResult } from '@datavis/engine';
import type { ImportPort } from '../ports.js';
import { createImportJobs } from './import-jobs.js';
import type { ImportJobs } from './import-jobs.js';
import type { Job } from './job.js';
import { createJobStore, MAX_KEPT_JOBS, MAX_WAITING_JOBS } from './job-store.js';

const result: ImportResult = {
  dataset: 'a',
  run: 1,
  read: {},
  imported: {},
  refused: {},
  datasetRows: {},
  findings: {},
  elapsedMs: 1,
  sources: [],
  layoutFindings: [],
};
const progressAt = (bytesRead: number): ImportProgress => ({
  uri: 'a',
  source: 1,
  sources: 1,
  phase: 'read',
  bytesRead,
  bytesTotal: 100,
  read: {},
  elapsedMs: 1,
  bytesPerSecond: 1,
  etaMs: undefined,
});

/** An importer whose calls end when the test says so; it stops at its cursor when aborted, as the engine does. */
function scripted(): ImportPort & {
  readonly calls: { source: string; end(outcome: ImportResult | Error): void; progress(bytes: number): void }[];
} {
  const calls: ReturnType<typeof scripted>['calls'] = [];
  return {
    calls,
    import: (request, { signal, onProgress }) =>
      new Promise((resolve, reject) => {
        signal?.addEventListener('abort', () => {
          reject(signal.reason as Error);
        });
        calls.push({
          source: request.sources.join(),
          end: (outcome) => {
            if (outcome instanceof Error) reject(outcome);
            else resolve(outcome);
          },
          progress: (bytesRead) => onProgress?.(progressAt(bytesRead)),
        });
      }),
  };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 1));
}

let dir: string;
let file: string;
let importer: ReturnType<typeof scripted>;
let jobs: ImportJobs;
let imported: number;
const open = (): Promise<ImportJobs> => createImportJobs(importer, createJobStore(file), () => imported++);

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'datavis-jobs-'));
  file = join(dir, 'jobs.json');
  importer = scripted();
  imported = 0;
  jobs = await open();
});
afterEach(async () => {
  await jobs.close();
  rmSync(dir, { recursive: true });
});

describe('import jobs', () => {
  test('one runs, the others wait in order', async () => {
    const [a, b] = [await jobs.start({ sources: ['a'] }), await jobs.start({ sources: ['b'] })];
    expect([jobs.get(a.id).state, jobs.get(b.id).state]).toEqual(['running', 'queued']);
    importer.calls[0]?.end(result);
    await until(() => jobs.get(b.id).state === 'running');
    expect(jobs.get(a.id)).toMatchObject({ state: 'done', result: { dataset: 'a', run: 1 } });
    expect(imported).toBe(1);
    expect(importer.calls.map(({ source }) => source)).toEqual(['a', 'b']);
    expect(jobs.list().map(({ id }) => id)).toEqual([b.id, a.id]);
  });

  test('a failure keeps its code and lets the next one run; a failed job can be resumed', async () => {
    const { id } = await jobs.start({ sources: ['a'] });
    importer.calls[0]?.end(new DataVisError('DATAVIS_INGEST_SYNTAX', 'broken', { place: { byteOffset: 7 } }));
    await until(() => jobs.get(id).state === 'failed');
    expect(jobs.get(id).error).toMatchObject({ code: 'DATAVIS_INGEST_SYNTAX', place: { byteOffset: 7 } });
    await jobs.resume(id);
    expect(jobs.get(id)).toMatchObject({ state: 'running', error: null });
  });

  test('cancel pauses a running or waiting job; resume runs it again; a done one can do neither', async () => {
    const [a, b] = [await jobs.start({ sources: ['a'] }), await jobs.start({ sources: ['b'] })];
    expect((await jobs.cancel(b.id)).state).toBe('paused');
    expect((await jobs.cancel(a.id)).state).toBe('paused');
    expect(importer.calls).toHaveLength(1);
    await jobs.resume(a.id);
    await expect(jobs.resume(a.id)).rejects.toMatchObject({ code: 'DATAVIS_API_CONFLICT' });
    importer.calls[1]?.end(result);
    await until(() => jobs.get(a.id).state === 'done');
    await expect(jobs.cancel(a.id)).rejects.toMatchObject({ code: 'DATAVIS_API_CONFLICT' });
    expect(() => jobs.get('none')).toThrow('no such job');
  });

  test('watchers see each state and the end; one that leaves is forgotten', async () => {
    const { id } = await jobs.start({ sources: ['a'] });
    const seen: unknown[] = [];
    const watched = (async () => {
      for await (const job of jobs.watch(id, new AbortController().signal))
        seen.push([job.state, job.progress?.bytesRead]);
    })();
    const left = new AbortController();
    const leaver = jobs.watch(id, left.signal);
    await leaver.next();
    left.abort();
    expect((await leaver.next()).done).toBe(true);
    await until(() => seen.length === 1);
    importer.calls[0]?.progress(50);
    await until(() => seen.length === 2);
    importer.calls[0]?.end(result);
    await watched;
    expect(seen).toEqual([
      ['running', undefined],
      ['running', 50],
      ['done', 50],
    ]);
  });

  test('jobs survive a restart: what ran or waited is paused', async () => {
    const [a, b, c] = [
      await jobs.start({ sources: ['a'] }),
      await jobs.start({ sources: ['b'] }),
      await jobs.start({ sources: ['c'] }),
    ];
    importer.calls[0]?.end(result);
    await until(() => jobs.get(b.id).state === 'running');
    await jobs.close();
    await expect(jobs.start({ sources: ['d'] })).rejects.toMatchObject({ code: 'DATAVIS_API_BUSY' });
    jobs = await open();
    expect(jobs.list().map(({ id, state }) => [id, state])).toEqual([
      [c.id, 'paused'],
      [b.id, 'paused'],
      [a.id, 'done'],
    ]);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toHaveLength(3);
  });

  test('close() stops the running job and says which', async () => {
    const { id } = await jobs.start({ sources: ['a'] });
    await jobs.start({ sources: ['b'] });
    expect(await jobs.close()).toMatchObject({ id, state: 'paused' });
    jobs = await open();
    expect(await jobs.close()).toBeUndefined();
  });

  test('a list that is damaged is put aside, not a server that does not start', async () => {
    for (const text of ['', '{"a', '{}']) {
      writeFileSync(file, text);
      const movedTo: string[] = [];
      const store = createJobStore<Job>(file, (path) => movedTo.push(path));
      jobs = await createImportJobs(importer, store, () => imported++);
      expect(jobs.list()).toEqual([]);
      expect(movedTo).toEqual([`${file}.damaged`]);
      expect(readFileSync(`${file}.damaged`, 'utf8')).toBe(text);
    }
  });

  test('those that wait are bounded, and stopped ones are forgotten behind ended ones', async () => {
    await jobs.start({ sources: ['running'] });
    const waiting: string[] = [];
    for (let i = 0; i < MAX_WAITING_JOBS; i++) waiting.push((await jobs.start({ sources: [String(i)] })).id);
    await expect(jobs.start({ sources: ['one more'] })).rejects.toMatchObject({ code: 'DATAVIS_API_BUSY' });
    for (const id of waiting) await jobs.cancel(id);
    for (let i = 0; i < MAX_KEPT_JOBS; i++) await jobs.cancel((await jobs.start({ sources: [`new ${i}`] })).id);
    expect(jobs.list()).toHaveLength(MAX_KEPT_JOBS);
    expect(jobs.list().at(-1)?.request.sources).toEqual(['running']);
    expect(() => jobs.get(waiting[0] ?? '')).toThrow('no such job');
  });

  test('the list is bounded: the oldest finished jobs are forgotten', async () => {
    for (let i = 0; i < MAX_KEPT_JOBS + 5; i++) {
      const { id } = await jobs.start({ sources: [String(i)] });
      importer.calls[i]?.end(result);
      await until(() => jobs.get(id).state === 'done');
    }
    await until(() => jobs.list().length === MAX_KEPT_JOBS);
    expect(jobs.list().at(-1)?.request.sources).toEqual(['5']);
  });
});
