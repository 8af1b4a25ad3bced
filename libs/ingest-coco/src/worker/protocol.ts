import type { CocoBatch, CocoCursor, Finding, InputPlace } from '@datavis/plugin-sdk';
import type { IngestErrorCode } from '../errors.js';
import type { ReadCocoOptions } from '../options.js';

// Each read has a MessageChannel of its own; these are the messages on it. Both ends work in Node and in browsers.

/** A MessagePort, as far as it is used: Node's types and the browser's differ. */
export interface Port<In, Out> {
  onmessage: ((event: { readonly data: In }) => void) | null;
  postMessage(message: Out, transfer: readonly unknown[]): void;
  close(): void;
}

/** Two ends that are connected, for the caller and for the thread. */
export function openChannel(): {
  readonly near: Port<FromThread, ToThread>;
  readonly far: Port<ToThread, FromThread>;
} {
  const { port1, port2 } = new MessageChannel() as unknown as {
    port1: Port<FromThread, ToThread>;
    port2: Port<ToThread, FromThread>;
  };
  return { near: port1, far: port2 };
}

/** A function that the thread calls. */
export interface ThreadCall {
  /** URL of a module that the thread can load. */
  readonly module: string;
  /** Name of the module's function. */
  readonly name: string;
  /** Plain values, or what goes over to the thread. */
  readonly args: readonly unknown[];
}

/** How the thread gets at the bytes. */
export type RemoteSource =
  ({ readonly kind: 'module' } & ThreadCall) | { readonly kind: 'chunks'; readonly version: string | undefined };

/** First message to a thread: opens a read. */
export interface OpenMessage {
  readonly port: Port<ToThread, FromThread>;
  readonly source: RemoteSource;
  readonly options: Omit<ReadCocoOptions, 'signal' | 'engine' | 'reuseMemory'>;
}

/** Other work that the thread is given beside its reads. It ends the thread if it throws. */
export interface ThreadTask extends ThreadCall {
  /** What of `args` goes over to the thread and is not copied, such as a port. */
  readonly transfer?: readonly unknown[];
}

export interface TaskMessage {
  readonly task: ThreadCall;
}

/** What differs between worker_threads and Web Workers. */
export interface ThreadHandle {
  post(message: OpenMessage | TaskMessage, transfer: readonly unknown[]): void;
  close(): Promise<void>;
}

export type ToThread =
  /** The next bytes; `undefined` at their end. */
  | { readonly type: 'chunk'; readonly bytes: Uint8Array | undefined }
  /** The source has failed; the error stays with the caller. */
  | { readonly type: 'source-failed' }
  /** The caller has taken a batch of so many bytes: as many more may be sent. */
  | { readonly type: 'taken'; readonly bytes: number }
  /** Memory of a batch that the caller is done with. */
  | { readonly type: 'spare'; readonly memory: ArrayBuffer }
  | { readonly type: 'cancel' };

export type FromThread =
  /** Wants one more chunk. */
  | { readonly type: 'want' }
  | { readonly type: 'batch'; readonly batch: CocoBatch }
  | {
      readonly type: 'end';
      readonly cursor: CocoCursor | undefined;
      readonly findings: readonly Finding[];
      readonly error: RemoteError | undefined;
    };

export type RemoteError =
  | { readonly kind: 'source-failed' }
  | {
      readonly kind: 'ingest';
      readonly code: IngestErrorCode;
      readonly message: string;
      readonly place: InputPlace | undefined;
      readonly hint: string | undefined;
    }
  | { readonly kind: 'other'; readonly error: unknown };

/** Bytes of batches that may be on their way, or waiting for the caller: the bound of what a slow caller costs. */
export const BYTES_AHEAD = 16 << 20;
/** Chunks that the thread asks for ahead of need. */
export const CHUNKS_AHEAD = 2;
