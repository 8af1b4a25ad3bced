#!/usr/bin/env node
// CommonJS, because the loader of ES modules reads files through libuv's pool, whose size is settled by its first use:
// long queries would hold all of the default four threads, and files could not be read meanwhile.
process.env.UV_THREADPOOL_SIZE ??= '16';
import('../dist/main.js').then(async ({ main }) => {
  process.exitCode = await main(process.argv.slice(2), process.env);
});
