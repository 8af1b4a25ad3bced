import { describe, it } from 'vitest';
import { objectStoreChecks } from '../conformance/index.js';
import { MemoryObjectStore } from './memory-object-store.js';

describe('MemoryObjectStore', () => {
  const checks = objectStoreChecks({
    capabilities: { write: true, list: true, ranges: true, pinned: true },
    create: async (objects) => {
      const store = new MemoryObjectStore({ objects: Object.fromEntries(objects) });
      return {
        store,
        replace: async (key, bytes) => {
          await store.write(key, bytes);
        },
        close: () => store.close(),
      };
    },
  });
  for (const check of checks) it.skipIf(check.skip !== undefined)(check.name, () => check.run());
});
