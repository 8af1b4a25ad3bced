import { WorkerClient } from './client.js';
import type { CocoWorker } from './client.js';

export type { CocoWorker, ThreadTask, WorkerReadOptions } from './client.js';

/** A Web Worker, as far as it is used: this package is compiled without the DOM's types. */
interface WebWorker {
  onerror: ((event: { readonly error?: unknown; readonly message?: string }) => void) | null;
  postMessage(message: unknown, transfer: readonly unknown[]): void;
  terminate(): void;
}
declare const Worker: new (url: URL, options: { readonly type: 'module' }) => WebWorker;

/** Starts a Web Worker for reading COCO files. */
export function createCocoWorker(): CocoWorker {
  return new WorkerClient((onFailure) => {
    const worker = new Worker(new URL('./web-thread.js', import.meta.url), { type: 'module' });
    worker.onerror = (event) => {
      onFailure(event.error ?? new Error(event.message));
    };
    return {
      post: (message, transfer) => {
        worker.postMessage(message, transfer);
      },
      close: () => {
        worker.terminate();
        return Promise.resolve();
      },
    };
  });
}
