/** So many bytes may wait to be inserted, on all connections of a database together: two row groups of usual annotations. */
const MAX_WAITING_BYTES = 32 << 20;

/** Counts the bytes that wait on all connections of a database. */
export class WaitingBytes {
  #bytes = 0;
  #waiting: (() => void)[] = [];

  add(bytes: number): void {
    this.#bytes += bytes;
  }

  remove(bytes: number): void {
    this.#bytes -= bytes;
    for (const wake of this.#waiting.splice(0)) wake();
  }

  /** Resolves when more may wait. What waits is inserted without further calls, so this comes to an end. */
  async room(): Promise<void> {
    while (this.#bytes > MAX_WAITING_BYTES) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }
}

/** INSERTs of one connection, one behind the other, while the rows of the next ones are gathered. */
export class InsertQueue {
  readonly #waiting: WaitingBytes;
  #last: Promise<void> = Promise.resolve();
  #hasFailed = false;
  #isResetting = false;

  constructor(waiting: WaitingBytes) {
    this.#waiting = waiting;
  }

  /** Resolves when there is room for more; throws what an earlier one failed with. */
  async add({ bytes, insert }: { readonly bytes: number; readonly insert: () => Promise<void> }): Promise<void> {
    const before = this.#last;
    this.#waiting.add(bytes);
    this.#last = (async () => {
      try {
        await before;
        if (!this.#isResetting) await insert();
      } catch (error) {
        this.#hasFailed = true;
        throw error;
      } finally {
        this.#waiting.remove(bytes);
      }
    })();
    // Its error is seen by the next call.
    this.#last.catch(() => undefined);
    await this.#waiting.room();
    if (this.#hasFailed) await this.#last;
  }

  /** Resolves when all are done; throws what one failed with. */
  idle(): Promise<void> {
    return this.#last;
  }

  /** Waits for the one that runs, drops those behind it, and forgets that one has failed. */
  async reset(): Promise<void> {
    this.#isResetting = true;
    await this.#last.catch(() => undefined);
    this.#last = Promise.resolve();
    this.#hasFailed = false;
    this.#isResetting = false;
  }
}
