/** Messages in order, awaited one by one. */
export class Mailbox<T> {
  readonly #queue: T[] = [];
  #waiting: { resolve: (value: T) => void; reject: (reason: unknown) => void } | undefined;
  #failure: { readonly reason: unknown } | undefined;
  #isCleared = false;

  put(message: T): void {
    if (this.#isCleared) return;
    if (this.#waiting === undefined) this.#queue.push(message);
    else this.#waiting.resolve(message);
    this.#waiting = undefined;
  }

  /** Every `take` rejects from now on, when the queue is empty. */
  fail(reason: unknown): void {
    this.#failure ??= { reason };
    this.#waiting?.reject(reason);
    this.#waiting = undefined;
  }

  /** Drops what has not been taken, and what comes from now on. */
  clear(): void {
    this.#isCleared = true;
    this.#queue.length = 0;
  }

  take(): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#queue.length > 0) resolve(this.#queue.shift() as T);
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- an abort may have any reason
      else if (this.#failure !== undefined) reject(this.#failure.reason);
      else this.#waiting = { resolve, reject };
    });
  }
}
