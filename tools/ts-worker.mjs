// Lets worker threads that tests start run the TypeScript sources (Node 20 cannot): vitest.config.ts gives it to Node by
// --import, which worker threads inherit. Published packages start plain JavaScript and need nothing of this.
import { register } from 'node:module';
import { isMainThread } from 'node:worker_threads';

if (!isMainThread) register('./ts-worker-hooks.mjs', import.meta.url);
