import type { CocoBatch, CocoCursor, Finding } from '@datavis/plugin-sdk';
import { IngestError } from '../errors.js';
import { resolveOptions } from '../options.js';
import type { ReadCocoOptions } from '../options.js';
import { MemoryPool } from '../columns/memory-pool.js';
import { memoryOf } from '../read-coco.js';
import type { CocoReader } from '../read-coco.js';
import { recordsOf } from '../records.js';
import { versionOf } from '../source.js';
import type { CocoSource } from '../source.js';
import { expectTransfers } from './expect-transfers.js';
import type { ThreadHandle, ThreadTask } from './protocol.js';
import { RemoteRead } from './remote-read.js';

export type { ThreadTask } from './protocol.js';

/** As in `readCoco`, but without what cannot go to a thread, or is given away by it. */
export interface WorkerReadOptions extends Omit<ReadCocoOptions, 'engine' | 'reuseMemory'> {
  /**
   * The thread begins to read now, and not when the first batch is asked for: what the caller has to prepare happens
   * meanwhile. A read whose batches are never asked for is ended by its `signal`. Default false.
   */
  readonly readNow?: boolean | undefined;
}

/** A thread that reads COCO files, one or several at a time. */
export interface CocoWorker {
  /**
   * As `readCoco`, but parsing happens in the thread. Batches arrive by transfer, at most 16 MiB ahead of the caller. A
   * source that can be opened in the thread (`fileSource`) is; the chunks of any other are copied into the thread.
   */
  readCoco(source: CocoSource, options?: WorkerReadOptions): CocoReader;
  /**
   * Gives the thread other work, which has its turn whenever the thread waits for bytes or for the caller: a program that
   * would start one more thread for it saves what a thread takes to boot.
   */
  run(task: ThreadTask): void;
  /** Ends the thread; reads under way reject with `DATAVIS_INGEST_WORKER`. */
  close(): Promise<void>;
}

/** The caller's side of the thread. `onFailure` of the reads under way is called when the thread dies. */
export class WorkerClient implements CocoWorker {
  readonly #thread: ThreadHandle;
  readonly #reads = new Set<RemoteRead>();
  #failure: IngestError | undefined;

  constructor(start: (onFailure: (cause: unknown) => void) => ThreadHandle) {
    expectTransfers();
    this.#thread = start((cause) => {
      this.#fail('the reading thread has died', cause);
    });
  }

  readCoco(source: CocoSource, { readNow = false, ...options }: WorkerReadOptions = {}): CocoReader {
    // Refuses here what the thread would refuse.
    const { from, sourceVersion } = resolveOptions(options, versionOf(source), new MemoryPool());
    let cursor = from ?? initialCursor(sourceVersion);
    let trailing: readonly Finding[] = [];
    let current: RemoteRead | undefined;
    let begun = readNow ? this.#open(source, options, cursor) : undefined;
    const open = (): RemoteRead => begun ?? this.#open(source, options, cursor);
    async function* batches(): AsyncGenerator<CocoBatch> {
      const read = open();
      begun = undefined;
      current = read;
      const remote = read.batches();
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
        trailing = read.trailingFindings;
        await remote.return(undefined);
      }
    }
    return {
      batches,
      async *records() {
        for await (const batch of batches()) yield* recordsOf(batch);
      },
      release(batch) {
        current?.release(memoryOf(batch));
      },
      get cursor() {
        return cursor;
      },
      get trailingFindings() {
        return trailing;
      },
    };
  }

  run({ module, name, args, transfer = [] }: ThreadTask): void {
    if (this.#failure !== undefined) throw this.#failure;
    this.#thread.post({ task: { module, name, args } }, transfer);
  }

  async close(): Promise<void> {
    this.#fail('the reading thread was closed');
    for (const read of this.#reads) read.stop(this.#failure);
    await this.#thread.close();
  }

  #open(
    source: CocoSource,
    { signal, ...options }: Omit<WorkerReadOptions, 'readNow'>,
    from: CocoCursor,
  ): RemoteRead {
    signal?.throwIfAborted();
    if (this.#failure !== undefined) throw this.#failure;
    const read = new RemoteRead(this.#thread, source, {
      options,
      start: from.byteOffset,
      signal,
      onClose: () => this.#reads.delete(read),
    });
    this.#reads.add(read);
    return read;
  }

  #fail(message: string, cause?: unknown): void {
    this.#failure ??= new IngestError('DATAVIS_INGEST_WORKER', message, cause === undefined ? {} : { cause });
    for (const read of this.#reads) read.fail(this.#failure);
  }
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
