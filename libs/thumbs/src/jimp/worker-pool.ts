import { fileURLToPath } from 'node:url';
import type { CallOptions } from '@datavis/plugin-sdk';
import { Piscina } from 'piscina';
import { ThumbsError } from '../errors.js';
import type { WorkerFailure } from './worker-failure.js';

export interface WorkerPoolOptions {
  /** The worker's file. */
  readonly worker: URL;
  /** Threads that are kept when there is nothing to do. */
  readonly minThreads: number;
  readonly maxThreads: number;
  /** One task, in ms; a thread that needs longer is ended and replaced. */
  readonly timeoutMs: number;
  /** Heap of a thread in MB, without pixel buffers; one that needs more is ended and replaced. */
  readonly maxHeapMb: number;
}

/** Worker threads for pictures: one that dies, hangs or runs out of memory harms its own picture only. */
export class WorkerPool<Task extends object, Answer extends object> {
  readonly #pool: Piscina<Task, Answer | WorkerFailure>;
  readonly #timeoutMs: number;
  #hasAnswered = false;
  /** Why no thread can be started at all, such as that there is no such file. */
  #failure: Error | undefined;

  constructor({ worker, minThreads, maxThreads, timeoutMs, maxHeapMb }: WorkerPoolOptions) {
    this.#timeoutMs = timeoutMs;
    this.#pool = new Piscina<Task, Answer | WorkerFailure>({
      filename: fileURLToPath(worker),
      minThreads,
      maxThreads,
      idleTimeout: 30_000,
      resourceLimits: { maxOldGenerationSizeMb: maxHeapMb },
    });
    // A thread that dies at work rejects its task, one that dies between tasks is replaced: nobody waits for it. Where the
    // first ones die, all would, for as long as somebody waits.
    this.#pool.on('error', (error: Error) => {
      if (this.#hasAnswered || this.#failure !== undefined) return;
      this.#failure = error;
      void this.#pool.destroy().catch(() => undefined);
    });
  }

  /** Work that has begun is finished, as it takes milliseconds, unless it takes too long: then its thread is ended. */
  async run(task: Task, transferList: ArrayBuffer[], { signal }: CallOptions): Promise<Answer> {
    signal?.throwIfAborted();
    this.#throwIfNotStarted();
    const clock = new AbortController();
    const timer = setTimeout(() => {
      clock.abort();
    }, this.#timeoutMs);
    try {
      const answer = await this.#pool.run(task, { signal: clock.signal, transferList });
      this.#hasAnswered = true;
      if ('code' in answer) throw new ThumbsError(answer.code, answer.message);
      return answer;
    } catch (error) {
      if (error instanceof ThumbsError) throw error;
      this.#throwIfNotStarted();
      if (clock.signal.aborted) {
        throw new ThumbsError('DATAVIS_THUMBS_TIMEOUT', `No thumbnail within ${this.#timeoutMs} ms`, {
          cause: error,
        });
      }
      const why = error instanceof Error ? error.message : String(error);
      throw new ThumbsError('DATAVIS_THUMBS_CRASHED', `The worker died of the picture: ${why}`, { cause: error });
    } finally {
      clearTimeout(timer);
    }
  }

  async close(): Promise<void> {
    if (this.#failure === undefined) await this.#pool.close();
  }

  #throwIfNotStarted(): void {
    const cause = this.#failure;
    if (cause === undefined) return;
    throw new ThumbsError('DATAVIS_THUMBS_CRASHED', `No worker can be started: ${cause.message}`, { cause });
  }
}
