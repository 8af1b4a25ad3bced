import type { CocoWorker } from '@datavis/ingest-coco/worker';

let started: Promise<CocoWorker> | undefined;

async function start(): Promise<CocoWorker> {
  const { createCocoWorker } = await import('@datavis/ingest-coco/worker');
  return createCocoWorker();
}

/**
 * Boots the thread that reads annotation files. The program does so before it loads what understands the command line: an
 * import of 3 s is 0.03 s shorter for it. A thread that nobody takes does not keep the process alive.
 */
export function startReadingThread(): void {
  started ??= start();
  started.catch(() => undefined); // Thrown where it is taken.
}

/** The thread that was started, for one import; else a new one. */
export async function takeReadingThread(): Promise<CocoWorker> {
  const worker = started ?? start();
  started = undefined;
  return await worker;
}
