import { Worker } from 'node:worker_threads';

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

// Slots of the shared array.
const CALL = 0; // number of the call under way, 0 = none
const NAME = 1; // index into the names sent by message
const ROW = 2;
const PENDING = 3; // index of the name that is pending, from 1; 0 = none
const PENDING_ROW = 4;
const BEAT = 5; // counts on while the loop turns and something is pending
const SLOTS = 6;

/** Plain JavaScript in a string: the thread needs no build output beside it, and no loader for TypeScript. */
const THREAD = `
const { workerData, parentPort } = require('node:worker_threads');
const { writeSync } = require('node:fs');
const slots = new Int32Array(workerData.shared);
const names = new Map();
parentPort.on('message', ([index, name]) => names.set(index, name));
let seen = 0, since = 0, told = 0, beat = 0, beatSince = 0;
setInterval(() => {
  const call = Atomics.load(slots, ${CALL});
  const now = performance.now();
  const lastBeat = Atomics.load(slots, ${BEAT});
  if (lastBeat !== beat) { beat = lastBeat; beatSince = now; }
  const pending = call === 0 ? Atomics.load(slots, ${PENDING}) : 0;
  const which = pending === 0 ? call : 'pending ' + beat;
  if (which !== seen) { seen = which; since = pending === 0 ? now : beatSince; }
  const forMs = Math.round(now - since);
  if (which === 0 || told === which || forMs < workerData.noticeMs) return;
  told = which;
  const name = names.get(pending === 0 ? Atomics.load(slots, ${NAME}) : pending - 1) ?? 'a plugin';
  const row = Atomics.load(slots, pending === 0 ? ${ROW} : ${PENDING_ROW});
  if (workerData.toStderr) {
    writeSync(2, 'datavis: ' + name + ' has held the event loop for ' + forMs + ' ms (rows from ' + row + '; the process uses ' +
      Math.round(process.memoryUsage.rss() / 1048576) + ' MiB)\\n');
  }
  parentPort.postMessage({ name, row, forMs });
}, Math.max(10, workerData.noticeMs / 10));
`;

export interface WatchdogOptions {
  /** Default {@link BLOCK_NOTICE_MS}. */
  readonly noticeMs?: number;
  /** Writes to stderr from the thread itself, which works while the main thread is stuck. Default true. */
  readonly toStderr?: boolean;
  readonly onNotice?: (notice: BlockNotice) => void;
}

export function startWatchdog(options: WatchdogOptions = {}): Watchdog {
  const shared = new SharedArrayBuffer(SLOTS * Int32Array.BYTES_PER_ELEMENT);
  const slots = new Int32Array(shared);
  const { noticeMs = BLOCK_NOTICE_MS, toStderr = true, onNotice } = options;
  const thread = new Worker(THREAD, { eval: true, workerData: { shared, noticeMs, toStderr } });
  thread.unref();
  const notices: BlockNotice[] = [];
  thread.on('message', ({ name, row, forMs }: { name: string; row: number; forMs: number }) => {
    const at = name.lastIndexOf('.');
    const notice = { plugin: name.slice(0, at), hook: name.slice(at + 1), row, forMs };
    notices.push(notice);
    onNotice?.(notice);
  });
  const indexes = new Map<string, number>();
  const indexOf = (plugin: string, hook: string): number => {
    const name = `${plugin}.${hook}`;
    let index = indexes.get(name);
    if (index === undefined) {
      index = indexes.size;
      indexes.set(name, index);
      thread.postMessage([index, name]);
    }
    return index;
  };
  let calls = 0;
  const waiting = new Set<{ readonly index: number; readonly row: number }>();
  let heart: NodeJS.Timeout | undefined;
  const showPending = (): void => {
    const last = [...waiting].at(-1);
    Atomics.store(slots, PENDING_ROW, last?.row ?? 0);
    Atomics.store(slots, PENDING, last === undefined ? 0 : last.index + 1);
    Atomics.add(slots, BEAT, 1);
  };
  return {
    notices,
    pending(plugin, hook, row = 0) {
      const one = { index: indexOf(plugin, hook), row };
      waiting.add(one);
      showPending();
      heart ??= setInterval(() => Atomics.add(slots, BEAT, 1), Math.max(10, noticeMs / 10)).unref();
      return () => {
        waiting.delete(one);
        showPending();
        if (waiting.size > 0) return;
        clearInterval(heart);
        heart = undefined;
      };
    },
    enter(plugin, hook, row = 0) {
      Atomics.store(slots, NAME, indexOf(plugin, hook));
      Atomics.store(slots, ROW, row);
      calls = (calls % 0x7fffffff) + 1;
      Atomics.store(slots, CALL, calls);
    },
    leave() {
      Atomics.store(slots, CALL, 0);
    },
    async close() {
      clearInterval(heart);
      await thread.terminate();
    },
  };
}
