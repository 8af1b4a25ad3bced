import { startFakeGcs } from '@datavis/fake-gcs';
import { describe, it } from 'vitest';
import { objectStoreChecks } from '../conformance/index.js';
import { GcsObjectStore } from './gcs-object-store.js';

describe.each([['gs://bucket'], ['gs://bucket/a prefix/100%']])('GcsObjectStore at %s', (root) => {
  const prefix = root.split('/').slice(3).join('/') + (root.split('/').length > 3 ? '/' : '');
  const checks = objectStoreChecks({
    capabilities: { write: true, list: true, ranges: true, pinned: true },
    impossibleKeys: (key) => /[\r\n]/.test(key),
    manyObjects: prefix === '' ? 10_000 : 2_500,
    create: async (objects) => {
      const server = await startFakeGcs();
      server.createBucket('bucket');
      for (const [key, bytes] of objects) server.put('bucket', prefix + key, bytes);
      const store = new GcsObjectStore({
        root,
        apiEndpoint: server.url,
        idleTimeoutMs: 2_000,
        pieceBytes: 1_048_576,
      });
      return {
        store,
        replace: async (key, bytes) => void server.put('bucket', prefix + key, bytes),
        close: async () => {
          await store.close();
          await server.close();
        },
      };
    },
  });
  for (const check of checks) it.skipIf(check.skip !== undefined)(check.name, () => check.run());
});
