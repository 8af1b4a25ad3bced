import { startFakeGcs } from '@datavis/fake-gcs';
import { expect, it } from 'vitest';
import { patterned } from '../conformance/harness.js';
import { readHead } from '../object-store/read-head.js';
import { GcsObjectStore } from './gcs-object-store.js';

it('the heads of 10,000 objects of 160 KB cost under 5 % of their bytes and at most maxSockets', async () => {
  const server = await startFakeGcs();
  const bytes = patterned(160_000);
  for (let i = 0; i < 100; i++) server.put('b', `${i}.jpg`, bytes);
  const store = new GcsObjectStore({ root: 'gs://b', apiEndpoint: server.url, maxSockets: 16 });
  let most = 0;
  for (let at = 0; at < 10_000; at += 200) {
    await Promise.all(
      Array.from({ length: 200 }, async (_, i) => {
        expect(await readHead(store, `${i % 100}.jpg`, (head) => head[2])).toBe(bytes[2]);
        most = Math.max(most, server.openSockets);
      }),
    );
    server.requests.length = 0;
  }
  expect(server.bytesSent).toBeGreaterThan(10_000 * 4_096);
  expect(server.bytesSent).toBeLessThan(0.05 * 10_000 * bytes.length);
  expect(most).toBeLessThanOrEqual(16);
  await store.close();
  await server.close();
});
