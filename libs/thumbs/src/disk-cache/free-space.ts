/** Runs of blocks, flat: start, count, start, count, … */
export type Extents = readonly number[];

/** How many runs are looked at for one that fits whole, before a record is split over several. */
const LOOK_AHEAD = 16;

/**
 * Which blocks of the data file are free. Neighbouring free runs are joined, so that records of about one size keep
 * finding whole runs; a record that finds none is split.
 */
export class FreeSpace {
  /** Free runs by their first block and by the block after their last. */
  readonly #countAt = new Map<number, number>();
  readonly #countBefore = new Map<number, number>();
  #blocks = 0;

  /** Free blocks in all. */
  get blocks(): number {
    return this.#blocks;
  }

  release(extents: Extents): void {
    for (let i = 0; i < extents.length; i += 2) this.#add(extents[i] ?? 0, extents[i + 1] ?? 0);
  }

  /** Takes this many blocks; the caller has seen to it that there are enough. */
  take(count: number): number[] {
    const whole = this.#wholeRun(count);
    if (whole !== undefined) return [whole, this.#cut(whole, count)];
    const extents: number[] = [];
    let missing = count;
    for (const [start, length] of this.#countAt) {
      const part = Math.min(length, missing);
      extents.push(start, this.#cut(start, part));
      missing -= part;
      if (missing === 0) return extents;
    }
    throw new RangeError(`${count} blocks asked for, ${count - missing} free`);
  }

  /** Forgets the free blocks from this one on: the disk has no room for them. */
  truncate(end: number): void {
    for (const [start, length] of [...this.#countAt]) {
      if (start + length <= end) continue;
      const kept = Math.max(0, end - start);
      this.#remove(start, length);
      if (kept > 0) this.#add(start, kept);
    }
  }

  #wholeRun(count: number): number | undefined {
    let looked = 0;
    for (const [start, length] of this.#countAt) {
      if (length >= count) return start;
      if (++looked === LOOK_AHEAD) return undefined;
    }
    return undefined;
  }

  #cut(start: number, count: number): number {
    const length = this.#countAt.get(start) ?? 0;
    this.#remove(start, length);
    if (length > count) this.#insert(start + count, length - count);
    return count;
  }

  #add(start: number, count: number): void {
    let first = start;
    let length = count;
    const before = this.#countBefore.get(start);
    if (before !== undefined) {
      first -= before;
      length += before;
      this.#remove(first, before);
    }
    const after = this.#countAt.get(start + count);
    if (after !== undefined) {
      length += after;
      this.#remove(start + count, after);
    }
    this.#insert(first, length);
  }

  #insert(start: number, count: number): void {
    this.#countAt.set(start, count);
    this.#countBefore.set(start + count, count);
    this.#blocks += count;
  }

  #remove(start: number, count: number): void {
    this.#countAt.delete(start);
    this.#countBefore.delete(start + count);
    this.#blocks -= count;
  }
}
