/** Places in the array that the main thread and the watching one share. */
export const SLOT = {
  /** Number of the call under way, 0 = none. */
  call: 0,
  /** Index into the names sent by message. */
  name: 1,
  row: 2,
  /** Index of the name that is pending, from 1; 0 = none. */
  pending: 3,
  pendingRow: 4,
  /** Counts on while the loop turns and something is pending. */
  beat: 5,
} as const;

export interface WatchData {
  /** An Int32Array with one element for each {@link SLOT}. */
  readonly shared: SharedArrayBuffer;
  readonly slot: typeof SLOT;
  readonly noticeMs: number;
  /** Whether notices are written to stderr too, by the thread itself. */
  readonly toStderr: boolean;
}

/** A MessagePort, or what a thread has to its parent. */
export interface WatchPort {
  on(event: 'message', listener: (message: readonly [index: number, name: string]) => void): unknown;
  on(event: 'close', listener: () => void): unknown;
  postMessage(message: { readonly name: string; readonly row: number; readonly forMs: number }): void;
}

/**
 * What the watching thread does. It stands for itself and uses nothing of this module, so that a thread can be started
 * with its text: that thread needs no build output beside it, and no loader for TypeScript.
 *
 * @param write - To a file descriptor, at once.
 */
export function watch(data: WatchData, port: WatchPort, write: (fd: number, text: string) => unknown): void {
  const { slot, noticeMs, toStderr } = data;
  const slots = new Int32Array(data.shared);
  const names = new Map<number, string>();
  port.on('message', ([index, name]) => names.set(index, name));
  let seen: number | string = 0;
  let since = 0;
  let told: number | string = 0;
  let beat = 0;
  let beatSince = 0;
  const look = (): void => {
    const call = Atomics.load(slots, slot.call);
    const now = performance.now();
    const lastBeat = Atomics.load(slots, slot.beat);
    if (lastBeat !== beat) {
      beat = lastBeat;
      beatSince = now;
    }
    const pending = call === 0 ? Atomics.load(slots, slot.pending) : 0;
    const which = pending === 0 ? call : `pending ${beat}`;
    if (which !== seen) {
      seen = which;
      since = pending === 0 ? now : beatSince;
    }
    const forMs = Math.round(now - since);
    if (which === 0 || told === which || forMs < noticeMs) return;
    told = which;
    const name = names.get(pending === 0 ? Atomics.load(slots, slot.name) : pending - 1) ?? 'a plugin';
    const row = Atomics.load(slots, pending === 0 ? slot.row : slot.pendingRow);
    if (toStderr) {
      const mib = Math.round(process.memoryUsage.rss() / 1_048_576);
      const held = `${name} has held the event loop for ${forMs} ms`;
      write(2, `datavis: ${held} (rows from ${row}; the process uses ${mib} MiB)\n`);
    }
    port.postMessage({ name, row, forMs });
  };
  const timer = setInterval(look, Math.max(10, noticeMs / 10));
  port.on('close', () => {
    clearInterval(timer);
  });
}
