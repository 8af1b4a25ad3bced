import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { startFakeGcs } from '@datavis/fake-gcs';
import { expect, it } from 'vitest';
import { faultRun, IDLE_MS } from '../../testing/gcs-fault-run.js';
import { collect, patterned } from '../conformance/harness.js';
import { GcsObjectStore } from './gcs-object-store.js';

it('200 seeded fault runs: whole, or a code, within twice the idle limit; no socket left', async () => {
  const server = await startFakeGcs();
  for (let seed = 1_000; seed < 1_200; seed++) {
    const run = await faultRun(server, seed);
    const allowed = ['whole', 'changed whole', 'DATAVIS_STORAGE_CHANGED', 'DATAVIS_STORAGE_CORRUPT'];
    expect(allowed, `seed ${seed}, ${run.kind}`).toContain(run.result);
    if (!['change', 'corrupt'].includes(run.kind)) expect(run.result, `seed ${seed}, ${run.kind}`).toBe('whole');
    expect(run.elapsedMs, `seed ${seed}, ${run.kind}`).toBeLessThan(2 * IDLE_MS + 1_000);
  }
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(server.openSockets).toBe(0);
  await server.close();
});

it('10,000 object reads, every third one left after its first chunk, leave no memory behind', async () => {
  const server = await startFakeGcs();
  for (let i = 0; i < 10; i++) server.put('b', `x${i}`, patterned(40_000, i));
  const store = new GcsObjectStore({ root: 'gs://b', apiEndpoint: server.url, maxSockets: 16 });
  // Without a collection before each sample, the numbers are those of the garbage.
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  const sample = async (): Promise<number> => {
    await new Promise((resolve) => setTimeout(resolve, 100));
    collectGarbage();
    const { heapUsed, external } = process.memoryUsage();
    return heapUsed + external;
  };
  const round = async (reads: number): Promise<void> => {
    for (let at = 0; at < reads; at += 50) {
      await Promise.all(
        Array.from({ length: 50 }, async (_, i) => {
          if (i % 3 !== 0) {
            await collect(store.read(`x${i % 10}`));
            return;
          }
          for await (const chunk of store.read(`x${i % 10}`)) if (chunk.length > 0) break;
        }),
      );
      server.requests.length = 0;
    }
  };
  await round(2_000);
  const before = await sample();
  await round(10_000);
  expect(((await sample()) - before) / 1_048_576).toBeLessThan(4);
  await store.close();
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(server.openSockets).toBe(0);
  await server.close();
});
