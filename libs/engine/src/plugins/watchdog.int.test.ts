import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCocoWorker } from '@datavis/ingest-coco/worker';
import { afterAll, expect, test } from 'vitest';
import { bundle } from '../../testing/child.js';
import { startWatchdog, type TaskThread } from './watchdog.js';

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function block(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

const reading = createCocoWorker();
afterAll(() => reading.close());

test.each<[string, TaskThread | undefined]>([
  ['a thread of its own', undefined],
  ['the thread that reads files', reading],
])('%s names the plugin that holds the event loop, and its rows', async (_, thread) => {
  const watchdog = startWatchdog({ noticeMs: 100, toStderr: false, thread });
  try {
    watchdog.enter('@acme/quick', 'onImages', 0);
    watchdog.leave();
    // The thread may start late on a busy machine: a plugin holds the loop until it is seen.
    for (let tries = 0; tries < 20 && watchdog.notices.length === 0; tries++) {
      watchdog.enter('@acme/bad', 'onAnnotations', 4096);
      block(400);
      watchdog.leave();
      await pause(100);
    }
    expect(watchdog.notices[0]).toMatchObject({ plugin: '@acme/bad', hook: 'onAnnotations', row: 4096 });
    expect(watchdog.notices[0]?.forMs).toBeGreaterThanOrEqual(100);
  } finally {
    await watchdog.close();
  }
});

test('the thread that reads files reads while it watches, and behind that', async () => {
  const watchdog = startWatchdog({ thread: reading, toStderr: false });
  const rows = async (): Promise<number> => {
    let sum = 0;
    const file = new TextEncoder().encode('{"images": [{"id": 1}, {"id": 2}]}');
    for await (const { length } of reading.readCoco(file).batches()) sum += length;
    return sum;
  };
  expect(await rows()).toBe(2);
  await watchdog.close();
  expect(await rows()).toBe(2);
});

test('writes to stderr, while the loop is held, who it is and how much memory the process uses', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'datavis-watchdog-'));
  const file = await bundle('greedy-child', folder);
  const child = spawn(process.execPath, ['--max-old-space-size=300', file], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  expect(code === 0 && signal === null).toBe(false);
  expect(said).toMatch(/@acme\/greedy\.onImages has held the event loop for \d+ ms \(rows from 7; .* \d+ MiB\)/);
  expect(said).toContain('out of memory');
  await rm(folder, { recursive: true });
}, 60_000);
