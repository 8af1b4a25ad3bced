#!/usr/bin/env node
// Committed, because npm links no bin whose file is missing at install time; the program itself is built into dist.
// CommonJS (see package.json beside it), so that it runs before Node's loader of ES modules starts libuv's pool: its
// size is read once. Long queries, file reads and picture decoding share that pool.
process.env.UV_THREADPOOL_SIZE ??= '12';
// From Node 22 on, compiled code is kept between starts.
process.getBuiltinModule?.('node:module')?.enableCompileCache?.();
// Reading begins at once, unless another process is asked to, or for help.
const [command, ...rest] = process.argv.slice(2);
if (command === 'import' && !rest.some((word) => /^(-h|--help|--server)/.test(word))) {
  import('../dist/reading-thread.js').then(
    ({ startReadingThread }) => startReadingThread(),
    () => undefined,
  );
}
import('../dist/main.js')
  .then(({ main }) => main())
  .catch((error) => {
    console.error(
      error.code === 'ERR_MODULE_NOT_FOUND' ? `${error.message}\nNot built? Run: npm run build` : error,
    );
    process.exitCode = 1;
  });
