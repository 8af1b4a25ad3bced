/** Bytes of unused memory that a pool keeps. */
const MAX_BYTES = 64 << 20;

/** Memory of batches that nobody looks at any more, to be used again: a steady import makes no garbage. */
export class MemoryPool {
  readonly #free: ArrayBuffer[] = [];
  #bytes = 0;

  give(memory: ArrayBuffer): void {
    if (memory.byteLength === 0 || this.#bytes + memory.byteLength > MAX_BYTES) return;
    this.#free.push(memory);
    this.#bytes += memory.byteLength;
  }

  /** The memory given last, if it is large enough; one that is too small is dropped. */
  take(byteLength: number): ArrayBuffer | undefined {
    const memory = this.#free.pop();
    if (memory === undefined) return undefined;
    this.#bytes -= memory.byteLength;
    return memory.byteLength < byteLength ? undefined : memory;
  }
}
