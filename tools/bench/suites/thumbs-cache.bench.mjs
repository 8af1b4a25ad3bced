// The disk cache of thumbnails at 100,000 entries of 9 KB: writing, reading, writing while it evicts, starting.
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** @type {import('../types.js').BenchSuite} */
export const suite = {
  title: 'disk cache, 100,000 entries of 9 KB',
  contenders: async () => [
    {
      name: 'disk cache',
      command: ['node', 'tools/bench/workers/thumbs-cache.mjs', join(tmpdir(), 'datavis-bench-cache')],
    },
  ],
  // By CPU, so that they say the same on a busy machine: 100 us a call are 10,000 calls a second of one core.
  claims: [
    { of: 'disk cache', metric: 'writeCpuUs', atMost: 100 },
    { of: 'disk cache', metric: 'evictCpuUs', atMost: 100 },
    { of: 'disk cache', metric: 'readCpuUs', atMost: 20 },
    { of: 'disk cache', metric: 'startUpCpuMs', atMost: 1000 },
  ],
};
