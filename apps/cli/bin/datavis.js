#!/usr/bin/env node
// Committed, because npm links no bin whose file is missing at install time; the program itself is built into dist.
// CommonJS (see package.json beside it), so that it runs before Node's loader of ES modules starts libuv's pool: its
// size is read once. Long queries, file reads and picture decoding share that pool.
process.env.UV_THREADPOOL_SIZE ??= '12';
// From Node 22 on, compiled code is kept between starts.
process.getBuiltinModule?.('node:module')?.enableCompileCache?.();
import('../dist/main.js')
  .then(({ main }) => main())
  .catch((error) => {
    console.error(
      error.code === 'ERR_MODULE_NOT_FOUND' ? `${error.message}\nNot built? Run: npm run build` : error,
    );
    process.exitCode = 1;
  });
