import { IngestError } from '../errors.js';
import { MemoryPool } from '../columns/memory-pool.js';
import { memoryOf, readCocoInto } from '../read-coco.js';
import type { CocoReader } from '../read-coco.js';
import type { CocoRangeSource, CocoSource } from '../source.js';
import { expectTransfers } from './expect-transfers.js';
import { Mailbox } from './mailbox.js';
import { BYTES_AHEAD, CHUNKS_AHEAD } from './protocol.js';
import type { FromThread, OpenMessage, RemoteError, RemoteSource, TaskMessage, ThreadCall } from './protocol.js';

const SOURCE_FAILED = new Error('source failed');

/** What comes to the thread: reads, and other work. */
export async function serve(message: OpenMessage | TaskMessage): Promise<void> {
  if ('task' in message) await call(message.task);
  else await serveRead(message);
}

/** The thread's side of one read. */
async function serveRead({ port, source, options }: OpenMessage): Promise<void> {
  expectTransfers();
  const chunks = new Mailbox<Uint8Array | undefined>();
  const taken = new Mailbox<number>();
  const pool = new MemoryPool();
  const abort = new AbortController();
  const post = (message: FromThread, transfer: unknown[] = []): void => {
    port.postMessage(message, transfer);
  };

  port.onmessage = ({ data }) => {
    if (data.type === 'chunk') chunks.put(data.bytes);
    else if (data.type === 'taken') taken.put(data.bytes);
    else if (data.type === 'spare') pool.give(data.memory);
    else {
      const reason = data.type === 'cancel' ? new Error('cancelled') : SOURCE_FAILED;
      if (data.type === 'cancel') abort.abort(reason);
      chunks.fail(reason);
      taken.fail(reason);
    }
  };
  let reader: CocoReader | undefined;
  let error: RemoteError | undefined;
  try {
    const bytes = await openRemote(source, chunks, () => {
      post({ type: 'want' });
    });
    reader = readCocoInto(bytes, { ...options, signal: abort.signal }, pool);
    let ahead = 0;
    for await (const batch of reader.batches()) {
      while (ahead > BYTES_AHEAD) ahead -= await taken.take();
      const memory = memoryOf(batch);
      ahead += memory.byteLength;
      post({ type: 'batch', batch }, [memory]);
    }
  } catch (caught) {
    error = toRemote(caught);
  }
  post({ type: 'end', cursor: reader?.cursor, findings: reader?.trailingFindings ?? [], error });
  port.onmessage = null;
}

async function openRemote(
  source: RemoteSource,
  chunks: Mailbox<Uint8Array | undefined>,
  want: () => void,
): Promise<CocoSource> {
  if (source.kind === 'module') {
    return (await call(source)) as CocoSource;
  }
  return { version: source.version, read: () => asked(chunks, want) } satisfies CocoRangeSource;
}

/** Calls a function of a module that the caller has named. */
async function call({ module, name, args }: ThreadCall): Promise<unknown> {
  const loaded = (await import(module)) as Record<string, unknown>;
  return (loaded[name] as (...args: readonly unknown[]) => unknown)(...args);
}

async function* asked(chunks: Mailbox<Uint8Array | undefined>, want: () => void): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < CHUNKS_AHEAD; i++) want();
  for (;;) {
    const chunk = await chunks.take();
    if (chunk === undefined) return;
    yield chunk;
    want();
  }
}

function toRemote(error: unknown): RemoteError {
  if (error === SOURCE_FAILED) return { kind: 'source-failed' };
  if (!(error instanceof IngestError)) return { kind: 'other', error };
  const { code, message, place, hint } = error;
  return { kind: 'ingest', code, message, place, hint };
}
