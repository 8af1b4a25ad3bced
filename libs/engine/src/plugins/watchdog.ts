import { MessageChannel, Worker, type MessagePort } from 'node:worker_threads';
import type { ThreadTask } from '@datavis/ingest-coco/worker';
import { WATCH_IN_THREAD } from '../thread-modules.js';
import { SLOT, watch, type WatchData } from './watch.js';

/** How long a plugin may hold the event loop before it is named. */
export const BLOCK_NOTICE_MS = 500;

export interface BlockNotice {
  readonly plugin: string;
  readonly hook: string;
  readonly row: number;
  readonly forMs: number;
}

/**
 * A thread that looks at a shared slot: which plugin the main thread is in, since when. It can say who blocks the loop
 * while the loop is blocked, which nothing on the main thread can. `enter` and `leave` are a few atomic stores.
 */
export interface Watchdog {
  enter(plugin: string, hook: string, row: number | undefined): void;
  leave(): void;
  /** A call has returned a promise: until the function is called, a loop that stands still is put down to it. */
  pending(plugin: string, hook: string, row: number | undefined): () => void;
  /** Notices so far that the main thread has heard of. */
  readonly notices: readonly BlockNotice[];
  close(): Promise<void>;
}

export interface WatchdogOptions {
  /** Default {@link BLOCK_NOTICE_MS}. */
  readonly noticeMs?: number;
  /** Writes to stderr from the thread itself, which works while the main thread is stuck. Default true. */
  readonly toStderr?: boolean;
  readonly onNotice?: (notice: BlockNotice) => void;
  /**
   * A thread that is there already, such as the one that reads files: it watches beside its work, until it ends. To boot
   * one costs 70 ms of CPU. Default: a thread of its own.
   */
  readonly thread?: TaskThread | undefined;
}

/** A thread that takes other work beside its own; a `CocoWorker` is one. */
export interface TaskThread {
  run(task: ThreadTask): void;
}

/** Where the watching happens. */
interface Watcher {
  readonly port: MessagePort | Worker;
  readonly close: () => Promise<unknown>;
}

function inThread(thread: TaskThread, data: WatchData): Watcher {
  const { port1, port2 } = new MessageChannel();
  thread.run({ module: WATCH_IN_THREAD, name: 'watchInThread', args: [data, port2], transfer: [port2] });
  const close = (): Promise<void> => {
    port1.close();
    return Promise.resolve();
  };
  return { port: port1, close };
}

const THREAD = `
const { workerData, parentPort } = require('node:worker_threads');
(${watch.toString()})(workerData, parentPort, require('node:fs').writeSync);
`;

function inOwnThread(data: WatchData): Watcher {
  const worker = new Worker(THREAD, { eval: true, workerData: data });
  return { port: worker, close: () => worker.terminate() };
}

export function startWatchdog(options: WatchdogOptions = {}): Watchdog {
  const shared = new SharedArrayBuffer(Object.keys(SLOT).length * Int32Array.BYTES_PER_ELEMENT);
  const slots = new Int32Array(shared);
  const { noticeMs = BLOCK_NOTICE_MS, toStderr = true, onNotice, thread } = options;
  const data = { shared, slot: SLOT, noticeMs, toStderr };
  const { port, close } = thread === undefined ? inOwnThread(data) : inThread(thread, data);
  const notices: BlockNotice[] = [];
  port.on('message', ({ name, row, forMs }: { name: string; row: number; forMs: number }) => {
    const at = name.lastIndexOf('.');
    const notice = { plugin: name.slice(0, at), hook: name.slice(at + 1), row, forMs };
    notices.push(notice);
    onNotice?.(notice);
  });
  // Nothing waits for a notice.
  port.unref();
  /** By plugin and hook. */
  const indexes = new Map<string, Map<string, number>>();
  let named = 0;
  const indexOf = (plugin: string, hook: string): number => {
    let ofPlugin = indexes.get(plugin);
    if (ofPlugin === undefined) indexes.set(plugin, (ofPlugin = new Map<string, number>()));
    let index = ofPlugin.get(hook);
    if (index === undefined) {
      index = named++;
      ofPlugin.set(hook, index);
      port.postMessage([index, `${plugin}.${hook}`]);
    }
    return index;
  };
  let calls = 0;
  const waiting = new Set<{ readonly index: number; readonly row: number }>();
  let heart: NodeJS.Timeout | undefined;
  const showPending = (): void => {
    const last = [...waiting].at(-1);
    Atomics.store(slots, SLOT.pendingRow, last?.row ?? 0);
    Atomics.store(slots, SLOT.pending, last === undefined ? 0 : last.index + 1);
    Atomics.add(slots, SLOT.beat, 1);
  };
  return {
    notices,
    pending(plugin, hook, row = 0) {
      const one = { index: indexOf(plugin, hook), row };
      waiting.add(one);
      showPending();
      heart ??= setInterval(() => Atomics.add(slots, SLOT.beat, 1), Math.max(10, noticeMs / 10)).unref();
      return () => {
        waiting.delete(one);
        showPending();
        if (waiting.size > 0) return;
        clearInterval(heart);
        heart = undefined;
      };
    },
    enter(plugin, hook, row = 0) {
      Atomics.store(slots, SLOT.name, indexOf(plugin, hook));
      Atomics.store(slots, SLOT.row, row);
      calls = (calls % 0x7fffffff) + 1;
      Atomics.store(slots, SLOT.call, calls);
    },
    leave() {
      Atomics.store(slots, SLOT.call, 0);
    },
    async close() {
      clearInterval(heart);
      await close();
    },
  };
}
