import { LRUCache } from 'lru-cache';
import { type Extents, FreeSpace } from './free-space.js';
import { type Entry, type JournalOp, putBytes } from './journal.js';

/** Which keys are in the cache, where, and in which order they were used last. */
export class BlockIndex {
  // Bounded by the blocks, not by itself; a plain Map would do, but finding its first key gets slow as keys leave.
  readonly #entries = new LRUCache<string, Entry>({ maxSize: Number.MAX_SAFE_INTEGER, sizeCalculation: () => 1 });
  readonly #capacityBlocks: number;
  #free = new FreeSpace();
  #putBytes = 0;

  constructor(capacityBlocks: number) {
    this.#capacityBlocks = capacityBlocks;
    this.#free.release([0, capacityBlocks]);
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Bytes of a journal that holds just these entries. */
  get journalBytes(): number {
    return this.#putBytes;
  }

  get freeBlocks(): number {
    return this.#free.blocks;
  }

  /** The one used longest ago first. */
  *entries(): Generator<readonly [string, Entry]> {
    for (const key of this.#entries.rkeys()) {
      const entry = this.#entries.peek(key);
      if (entry !== undefined) yield [key, entry];
    }
  }

  get(key: string): Entry | undefined {
    return this.#entries.peek(key);
  }

  /** Makes a key the one used last. */
  touch(key: string): void {
    this.#entries.get(key);
  }

  /** Blocks for a new record; the caller has made room. */
  take(blocks: number): number[] {
    return this.#free.take(blocks);
  }

  giveBack(extents: Extents): void {
    this.#free.release(extents);
  }

  add(key: string, entry: Entry): void {
    this.#entries.set(key, entry);
    this.#putBytes += putBytes(entry);
  }

  drop(key: string): void {
    const entry = this.#entries.peek(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    this.#putBytes -= putBytes(entry);
    this.#free.release(entry.extents);
  }

  /** Drops the key that was used longest ago, and names it. */
  dropOldest(): string | undefined {
    for (const key of this.#entries.rkeys()) {
      this.drop(key);
      return key;
    }
    return undefined;
  }

  /** The disk has no room beyond this block: go on with what lies before it. */
  shrink(endBlock: number): void {
    this.#free.truncate(endBlock);
  }

  /** Follows a journal without keeping account of the free blocks; {@link settle} does that at the end. */
  replay(ops: Iterable<JournalOp>): void {
    for (const op of ops) {
      if ('put' in op) this.#entries.set(op.key, op.put);
      else if (op.op === 'drop') this.#entries.delete(op.key);
      else this.#entries.get(op.key);
    }
  }

  /**
   * Works out the free blocks from the entries. Two entries on one block are left by a crash between a record and its
   * line in the journal: the newer one stays. So does none that lies beyond the capacity.
   */
  settle(): void {
    const taken = new Uint8Array(Math.ceil(this.#capacityBlocks / 8) + 1);
    this.#putBytes = 0;
    for (const [key, entry] of [...this.#entries.entries()]) {
      if (this.#claim(taken, entry.extents)) this.#putBytes += putBytes(entry);
      else this.#entries.delete(key);
    }
    this.#free = new FreeSpace();
    for (let block = 0; block < this.#capacityBlocks;) {
      const start = block;
      while (block < this.#capacityBlocks && !isSet(taken, block)) block++;
      if (block > start) this.#free.release([start, block - start]);
      else block++;
    }
  }

  #claim(taken: Uint8Array, extents: Extents): boolean {
    const eachBlock = (visit: (block: number) => boolean): boolean => {
      for (let i = 0; i < extents.length; i += 2) {
        const start = extents[i] ?? 0;
        for (let block = start; block < start + (extents[i + 1] ?? 0); block++) if (!visit(block)) return false;
      }
      return true;
    };
    const isFree = (block: number): boolean => block < this.#capacityBlocks && !isSet(taken, block);
    return (
      eachBlock(isFree) &&
      eachBlock((block) => {
        taken[block >> 3] = (taken[block >> 3] ?? 0) | (1 << (block & 7));
        return true;
      })
    );
  }
}

function isSet(bits: Uint8Array, at: number): boolean {
  return ((bits[at >> 3] ?? 0) & (1 << (at & 7))) !== 0;
}
