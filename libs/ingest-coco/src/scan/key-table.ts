import { QUOTE } from './chars.js';
import type { JsonScanner } from './json-scanner.js';

const MAX_KEYS = 512;
const HASH_SIZE = 2048;

/** The key has an escape, or there are too many keys. */
const UNKNOWN_KEY = -1;

/**
 * Knows the keys of a section by their bytes and gives each a number, without making a string: `names` come first, from
 * 0 on, keys met on the way after them. Records of a file mostly have their keys in one order, so the key that followed
 * last time is compared first.
 */
export class KeyTable {
  /** Index behind the key that `find` has found. */
  end = 0;
  readonly #keys: Uint8Array[] = [];
  /** By key: its bytes that continue a character. The scanner counts them for columns of faults. */
  readonly #continuations: number[] = [];
  readonly #buckets = new Int32Array(HASH_SIZE).fill(-1);
  /** By key + 1: the key that came after it; by 0: the first key. */
  readonly #followers = new Int32Array(MAX_KEYS + 1);
  /** By key: the record that had it last. */
  readonly #lastRecord = new Float64Array(MAX_KEYS);
  #record = 0;

  constructor(names: readonly string[]) {
    const encoder = new TextEncoder();
    for (const name of names) {
      const key = encoder.encode(name);
      this.#add(key, this.#bucketOf(key, 0, key.length));
    }
  }

  startRecord(): void {
    this.#record++;
  }

  /** Whether the record had the key before; from now on it has. */
  isRepeated(key: number): boolean {
    if (this.#lastRecord[key] === this.#record) return true;
    this.#lastRecord[key] = this.#record;
    return false;
  }

  /** Number of the key whose opening quote is at `i`, with the key before it (-1 for the first). Sets {@link end}. */
  find(scanner: JsonScanner, i: number, previous: number): number {
    const { bytes } = scanner;
    const likely = this.#followers[previous + 1]!;
    const expected = this.#keys[likely]!;
    const { length } = expected;
    if (bytes[i] === QUOTE && bytes[i + length + 1] === QUOTE) {
      let k = 0;
      while (k < length && bytes[i + 1 + k] === expected[k]) k++;
      if (k === length) {
        scanner.continuations += this.#continuations[likely]!;
        this.end = i + length + 2;
        return likely;
      }
    }
    const found = this.#search(scanner, i);
    if (found >= 0) this.#followers[previous + 1] = found;
    return found;
  }

  #search(scanner: JsonScanner, i: number): number {
    const end = scanner.string(i);
    this.end = end;
    if (scanner.escaped) return UNKNOWN_KEY;
    const { bytes } = scanner;
    const bucket = this.#bucketOf(bytes, i + 1, end - 1);
    const found = this.#buckets[bucket]!;
    if (found >= 0) return found;
    return this.#keys.length === MAX_KEYS ? UNKNOWN_KEY : this.#add(bytes.slice(i + 1, end - 1), bucket);
  }

  #add(key: Uint8Array, bucket: number): number {
    this.#buckets[bucket] = this.#keys.length;
    this.#continuations.push(key.reduce((count, byte) => (byte >= 0x80 && byte < 0xc0 ? count + 1 : count), 0));
    return this.#keys.push(key) - 1;
  }

  /** Bucket that holds the key, or the free one where it belongs. */
  #bucketOf(bytes: Uint8Array, start: number, end: number): number {
    let hash = 0x811c9dc5;
    for (let i = start; i < end; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
    for (let bucket = hash & (HASH_SIZE - 1); ; bucket = (bucket + 1) & (HASH_SIZE - 1)) {
      const number = this.#buckets[bucket]!;
      if (number < 0 || equal(this.#keys[number]!, bytes, start, end)) return bucket;
    }
  }
}

function equal(key: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (key.length !== end - start) return false;
  for (let k = 0; k < key.length; k++) if (key[k] !== bytes[start + k]) return false;
  return true;
}
