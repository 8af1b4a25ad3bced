import { Worker } from 'node:worker_threads';
import { WorkerClient } from './client.js';
import type { CocoWorker } from './client.js';

export type { CocoWorker, ThreadTask, WorkerReadOptions } from './client.js';

/**
 * Starts a thread for reading COCO files, so that parsing neither blocks the event loop nor waits for it. An idle thread
 * does not keep the process alive.
 *
 * @example
 * ```ts
 * import { fileSource } from '@datavis/ingest-coco/node';
 * import { createCocoWorker } from '@datavis/ingest-coco/worker';
 *
 * const worker = createCocoWorker();
 * const reader = worker.readCoco(await fileSource('instances_val2017.json'));
 * for await (const batch of reader.batches()) console.log(batch.table, batch.length);
 * await worker.close();
 * ```
 */
export function createCocoWorker(): CocoWorker {
  return new WorkerClient((onFailure) => {
    const worker = new Worker(new URL('./node-thread.js', import.meta.url));
    worker.on('error', onFailure);
    worker.on('exit', (code) => {
      onFailure(new Error(`the thread ended with exit code ${code}`));
    });
    worker.unref();
    return {
      post: (message, transfer) => {
        worker.postMessage(message, transfer as never);
      },
      close: async () => {
        await worker.terminate();
      },
    };
  });
}
