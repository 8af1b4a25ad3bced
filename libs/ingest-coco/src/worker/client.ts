import type { CocoBatch, CocoCursor, Finding } from '@datavis/plugin-sdk';
import { IngestError } from '../errors.js';
import { resolveOptions } from '../options.js';
import type { ReadCocoOptions } from '../options.js';
import { MemoryPool } from '../columns/memory-pool.js';
import { memoryOf } from '../read-coco.js';
import type { CocoReader } from '../read-coco.js';
import { recordsOf } from '../records.js';
import { openSource, remoteOf, versionOf } from '../source.js';
import type { CocoSource } from '../source.js';
import { Mailbox } from './mailbox.js';
import { openChannel } from './protocol.js';
import type { FromThread, OpenMessage, RemoteError, ToThread } from './protocol.js';

/** Bytes that are sent to the thread at once. */
const MESSAGE_BYTES = 256 * 1024;

/** As in `readCoco`, but without what cannot go to a thread, or is given away by it. */
export type WorkerReadOptions = Omit<ReadCocoOptions, 'engine' | 'reuseMemory'>;

/** A thread that reads COCO files, one or several at a time. */
export interface CocoWorker {
  /**
   * As `readCoco`, but parsing happens in the thread. Batches arrive by transfer, at most 16 MiB ahead of the caller. A
   * source that can be opened in the thread (`fileSource`) is; the chunks of any other are copied into the thread.
   */
  readCoco(source: CocoSource, options?: WorkerReadOptions): CocoReader;
  /** Ends the thread; reads under way reject with `DATAVIS_INGEST_WORKER`. */
  close(): Promise<void>;
}

/** What differs between worker_threads and Web Workers. */
export interface ThreadHandle {
  post(message: OpenMessage): void;
  close(): Promise<void>;
}

/** The caller's side of the thread. `onFailure` of the reads under way is called when the thread dies. */
export class WorkerClient implements CocoWorker {
  readonly #thread: ThreadHandle;
  readonly #reads = new Set<Mailbox<FromThread>>();
  #failure: IngestError | undefined;

  constructor(start: (onFailure: (cause: unknown) => void) => ThreadHandle) {
    this.#thread = start((cause) => {
      this.#fail('the reading thread has died', cause);
    });
  }

  readCoco(source: CocoSource, options: WorkerReadOptions = {}): CocoReader {
    // Refuses here what the thread would refuse.
    const { from, sourceVersion } = resolveOptions(options, versionOf(source), new MemoryPool());
    let cursor = from ?? initialCursor(sourceVersion);
    let trailing: readonly Finding[] = [];
    let release: ((memory: ArrayBuffer) => void) | undefined;
    const read = (): AsyncGenerator<CocoBatch, CocoCursor | undefined> =>
      this.#read(source, options, cursor.byteOffset, {
        onOpen: (give) => {
          release = give;
        },
        onEnd: (findings) => {
          trailing = findings;
        },
      });
    async function* batches(): AsyncGenerator<CocoBatch> {
      const remote = read();
      try {
        for (;;) {
          const { done, value } = await remote.next();
          if (done === true) {
            cursor = value ?? cursor;
            return;
          }
          cursor = value.cursor;
          yield value;
        }
      } finally {
        await remote.return(undefined);
      }
    }
    return {
      batches,
      async *records() {
        for await (const batch of batches()) yield* recordsOf(batch);
      },
      release(batch) {
        release?.(memoryOf(batch));
      },
      get cursor() {
        return cursor;
      },
      get trailingFindings() {
        return trailing;
      },
    };
  }

  async close(): Promise<void> {
    this.#fail('the reading thread was closed');
    await this.#thread.close();
  }

  async *#read(
    source: CocoSource,
    { signal, ...options }: WorkerReadOptions,
    start: number,
    { onOpen, onEnd }: ReadEvents,
  ): AsyncGenerator<CocoBatch, CocoCursor | undefined> {
    signal?.throwIfAborted();
    if (this.#failure !== undefined) throw this.#failure;
    const { near: port, far } = openChannel();
    const inbox = new Mailbox<FromThread>();
    const send = (message: ToThread, transfer: unknown[] = []): void => {
      port.postMessage(message, transfer);
    };
    onOpen((memory) => {
      if (memory.byteLength > 0) send({ type: 'spare', memory }, [memory]);
    });
    const remote = remoteOf(source);
    const feed = remote === undefined ? new Feed(openSource(source, start, signal), send) : undefined;
    const onAbort = (): void => {
      inbox.clear();
      inbox.fail(signal?.reason);
    };

    this.#reads.add(inbox);
    signal?.addEventListener('abort', onAbort);
    port.onmessage = ({ data }) => {
      if (data.type === 'want') feed?.want();
      else inbox.put(data);
    };
    let ended = false;
    try {
      const remoteSource = remote ?? { kind: 'chunks', version: versionOf(source) };
      this.#thread.post({ port: far, source: remoteSource, options });
      for (;;) {
        const message = await inbox.take();
        if (message.type === 'batch') {
          const bytes = memoryOf(message.batch).byteLength;
          yield message.batch;
          signal?.throwIfAborted();
          send({ type: 'taken', bytes });
        } else if (message.type === 'end') {
          ended = true;
          onEnd(message.findings);
          if (message.error !== undefined) throw fromRemote(message.error, feed?.failure);
          return message.cursor;
        }
      }
    } finally {
      signal?.removeEventListener('abort', onAbort);
      this.#reads.delete(inbox);
      if (!ended) send({ type: 'cancel' });
      port.close();
      await feed?.close();
    }
  }

  #fail(message: string, cause?: unknown): void {
    this.#failure ??= new IngestError('DATAVIS_INGEST_WORKER', message, cause === undefined ? {} : { cause });
    for (const read of this.#reads) read.fail(this.#failure);
  }
}

interface ReadEvents {
  /** `release` takes memory that the caller is done with. */
  readonly onOpen: (release: (memory: ArrayBuffer) => void) => void;
  readonly onEnd: (findings: readonly Finding[]) => void;
}

/** Sends the chunks of a source as the thread asks for them. */
class Feed {
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

function fromRemote(error: RemoteError, failure: unknown): unknown {
  if (error.kind === 'source-failed') return failure;
  if (error.kind === 'other') return error.error;
  return new IngestError(error.code, error.message, {
    ...(error.place !== undefined && { place: error.place }),
    ...(error.hint !== undefined && { hint: error.hint }),
  });
}

function initialCursor(sourceVersion: string | undefined): CocoCursor {
  return {
    version: 1,
    kind: 'dataset',
    byteOffset: 0,
    section: null,
    index: 0,
    sections: [],
    findingCounts: {},
    ...(sourceVersion !== undefined && { sourceVersion }),
    done: false,
  };
}
