import { describe, it } from 'vitest';
import { startFileServer } from '../../testing/http-server.js';
import { objectStoreChecks } from '../conformance/index.js';
import { HttpObjectStore } from './http-object-store.js';

describe('HttpObjectStore', () => {
  const checks = objectStoreChecks({
    capabilities: { write: false, list: false, ranges: true, pinned: true },
    create: async (objects) => {
      const server = await startFileServer(objects);
      const store = new HttpObjectStore({
        root: `http://${server.host}`,
        allowHosts: [server.host],
        allowPrivateAddresses: true,
        idleTimeoutMs: 2_000,
      });
      return {
        store,
        replace: async (key, bytes) => void server.objects.set(key, bytes),
        close: async () => {
          await store.close();
          await server.close();
        },
      };
    },
  });
  for (const check of checks) it.skipIf(check.skip !== undefined)(check.name, () => check.run());
});
