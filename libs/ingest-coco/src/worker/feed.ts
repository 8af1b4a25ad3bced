import type { ToThread } from './protocol.js';

/** Bytes that are sent to the thread at once. */
const MESSAGE_BYTES = 256 * 1024;

/** Sends the chunks of a source as the thread asks for them. */
export class Feed {
  /** What the source failed with. */
  failure: unknown;
  readonly #chunks: AsyncIterator<Uint8Array>;
  readonly #send: (message: ToThread, transfer?: unknown[]) => void;
  #wanted = 0;
  #running = false;
  #ended = false;

  constructor(source: AsyncIterable<Uint8Array>, send: (message: ToThread, transfer?: unknown[]) => void) {
    this.#chunks = source[Symbol.asyncIterator]();
    this.#send = send;
  }

  want(): void {
    this.#wanted++;
    if (!this.#running) void this.#run();
  }

  async close(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    await this.#chunks.return?.();
  }

  async #run(): Promise<void> {
    this.#running = true;
    try {
      while (this.#wanted > 0 && !this.#ended) {
        this.#wanted--;
        await this.#sendOne();
      }
    } catch (error) {
      this.failure = error;
      this.#ended = true;
      this.#send({ type: 'source-failed' });
    } finally {
      this.#running = false;
    }
  }

  /** Copies chunks into one message: the caller keeps its own, and small ones do not cost a message each. */
  async #sendOne(): Promise<void> {
    let bytes = new Uint8Array(MESSAGE_BYTES);
    let length = 0;
    while (length < MESSAGE_BYTES) {
      const next = await this.#chunks.next();
      if (next.done === true) {
        this.#ended = true;
        break;
      }
      const chunk = next.value;
      if (length + chunk.length > bytes.length) {
        const larger = new Uint8Array(length + chunk.length);
        larger.set(bytes.subarray(0, length));
        bytes = larger;
      }
      bytes.set(chunk, length);
      length += chunk.length;
    }
    if (length > 0) this.#send({ type: 'chunk', bytes: bytes.subarray(0, length) }, [bytes.buffer]);
    if (this.#ended) this.#send({ type: 'chunk', bytes: undefined });
  }
}
