import type { CocoBatch, CocoCursor, Finding } from '@datavis/plugin-sdk';
import { IngestError } from '../errors.js';
import { memoryOf } from '../read-coco.js';
import { openSource, remoteOf, versionOf } from '../source.js';
import type { CocoSource } from '../source.js';
import { Feed } from './feed.js';
import { Mailbox } from './mailbox.js';
import { openChannel } from './protocol.js';
import type { FromThread, OpenMessage, RemoteError, ThreadHandle, ToThread } from './protocol.js';

export interface RemoteReadCall {
  readonly options: OpenMessage['options'];
  /** First byte of the source that is read. */
  readonly start: number;
  readonly signal: AbortSignal | undefined;
  readonly onClose: () => void;
}

/** One read of the thread, seen from its caller. The thread begins with it when it is made. */
export class RemoteRead {
  /** Those that belong to no batch; known at the end. */
  trailingFindings: readonly Finding[] = [];
  readonly #inbox = new Mailbox<FromThread>();
  readonly #send: (message: ToThread, transfer?: unknown[]) => void;
  readonly #feed: Feed | undefined;
  readonly #signal: AbortSignal | undefined;
  readonly #onClose: () => void;
  #ended = false;
  #closing: Promise<void> | undefined;

  constructor(thread: ThreadHandle, source: CocoSource, { options, start, signal, onClose }: RemoteReadCall) {
    const { near, far } = openChannel();
    this.#send = (message, transfer = []) => {
      near.postMessage(message, transfer);
    };
    this.#onClose = () => {
      near.close();
      onClose();
    };
    this.#signal = signal;
    const remote = remoteOf(source);
    if (remote === undefined) this.#feed = new Feed(openSource(source, start, signal), this.#send);
    near.onmessage = ({ data }) => {
      if (data.type === 'want') this.#feed?.want();
      else this.#inbox.put(data);
    };
    signal?.addEventListener('abort', this.#onAbort);
    thread.post({ port: far, source: remote ?? { kind: 'chunks', version: versionOf(source) }, options }, [far]);
  }

  /** Batches until the end or a failure; closes the read however it is left. Returns the cursor of the end. */
  async *batches(): AsyncGenerator<CocoBatch, CocoCursor | undefined> {
    try {
      for (;;) {
        const message = await this.#inbox.take();
        if (message.type === 'batch') {
          const bytes = memoryOf(message.batch).byteLength;
          yield message.batch;
          this.#signal?.throwIfAborted();
          this.#send({ type: 'taken', bytes });
        } else if (message.type === 'end') {
          this.#ended = true;
          this.trailingFindings = message.findings;
          if (message.error !== undefined) throw fromRemote(message.error, this.#feed?.failure);
          return message.cursor;
        }
      }
    } finally {
      await this.close();
    }
  }

  /** Takes memory that the caller is done with. */
  release(memory: ArrayBuffer): void {
    if (memory.byteLength > 0) this.#send({ type: 'spare', memory }, [memory]);
  }

  /** The thread has died: what came from it before is handed out yet. */
  fail(reason: unknown): void {
    this.#inbox.fail(reason);
  }

  /** The thread is ended by its owner: nothing is handed out any more, whatever has come already. */
  stop(reason: unknown): void {
    this.#inbox.clear();
    this.#inbox.fail(reason);
  }

  async close(): Promise<void> {
    await (this.#closing ??= this.#close());
  }

  async #close(): Promise<void> {
    this.#signal?.removeEventListener('abort', this.#onAbort);
    if (!this.#ended) this.#send({ type: 'cancel' });
    this.#onClose();
    await this.#feed?.close();
  }

  /** Nobody may be waiting for batches: the thread is told at once. */
  readonly #onAbort = (): void => {
    this.#inbox.clear();
    this.#inbox.fail(this.#signal?.reason);
    // What the source throws at its end is told to who waits for batches.
    this.close().catch(() => undefined);
  };
}

function fromRemote(error: RemoteError, failure: unknown): unknown {
  if (error.kind === 'source-failed') return failure;
  if (error.kind === 'other') return error.error;
  return new IngestError(error.code, error.message, {
    ...(error.place !== undefined && { place: error.place }),
    ...(error.hint !== undefined && { hint: error.hint }),
  });
}
