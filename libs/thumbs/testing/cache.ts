import { createHash } from 'node:crypto';
import type { Thumbnail } from '@datavis/plugin-sdk';

/** Random numbers from 0 to 1 that are the same in every run. */
export function lcg(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 4_294_967_296;
  };
}

export function keyOf(i: number): string {
  return createHash('sha256').update(`${i}`).digest('hex').slice(0, 32);
}

const made = new Map<number, Thumbnail>();

/** Bytes that belong to this number alone: 200 to 7,000 of them. */
export function thumbnailOf(i: number): Thumbnail {
  const thumbnail = made.get(i) ?? makeThumbnail(i);
  made.set(i, thumbnail);
  return thumbnail;
}

function makeThumbnail(i: number): Thumbnail {
  const length = 200 + ((i * 7919) % 6800);
  const bytes = Buffer.alloc(length);
  for (let at = 0; at + 4 <= length; at += 4) bytes.writeUInt32LE((i * 2_654_435_761 + at) >>> 0, at);
  return { bytes, contentType: 'image/webp', widthPx: 1 + (i % 256), heightPx: 1 + (i % 100) };
}

/** Whether each key of a trace is in a true LRU of so many units, where a miss puts the key in. */
export function* simulateLru(
  trace: Iterable<number>,
  capacity: number,
  units: (key: number) => number,
): Generator<boolean> {
  const order: number[] = [];
  let used = 0;
  for (const key of trace) {
    const at = order.indexOf(key);
    if (at >= 0) {
      order.splice(at, 1);
    } else {
      used += units(key);
      while (used > capacity) used -= units(order.shift() ?? 0);
    }
    order.push(key);
    yield at >= 0;
  }
}
