import type { CocoRangeSource } from '@datavis/ingest-coco';
import type { ObjectStore } from '@datavis/plugin-sdk';
import { LocalObjectStore } from '@datavis/storage/local';
import { RunningChecksum, toHex } from './running-checksum.js';

/** The bytes of one object at one version. */
export interface ImportInput extends CocoRangeSource {
  /** CRC-32 of all of it, as hex, where a thread has read it from its first byte to its last. */
  digest(): string | undefined;
}

/**
 * A local file as a reading thread opens it for itself, through a store with the same protections. When it has been read
 * as a whole, its checksum stands in `shared`, behind a number that says so: nobody has to read it again.
 */
export function openInThread(
  root: string,
  key: string,
  version: string,
  shared: SharedArrayBuffer,
): CocoRangeSource {
  const store = new LocalObjectStore({ root });
  return {
    version,
    read: (range) => {
      const chunks = store.read(key, { ...range, version });
      return range.start === 0 ? hashed(chunks, new Uint32Array(shared)) : chunks;
    },
  };
}

async function* hashed(chunks: AsyncIterable<Uint8Array>, into: Uint32Array): AsyncGenerator<Uint8Array> {
  const checksum = new RunningChecksum();
  for await (const chunk of chunks) {
    checksum.update(chunk);
    yield chunk;
  }
  into[1] = checksum.value;
  Atomics.store(into, 0, 1);
}

/**
 * What to import. A reading thread opens local files by itself, so that their bytes do not pass through the caller's
 * thread.
 */
export async function importInput(store: ObjectStore, key: string, version: string): Promise<ImportInput> {
  const source = { version, read: (range: object) => store.read(key, { ...range, version }) };
  const noDigest = { ...source, digest: () => undefined };
  if (!store.root.startsWith('file:')) return noDigest;
  // A store with more rights than a plain one (links that it may follow) has to read for itself.
  const plain = await new LocalObjectStore({ root: store.root }).stat(key).catch(() => undefined);
  if (plain?.version !== version) return noDigest;
  const shared = new SharedArrayBuffer(2 * Uint32Array.BYTES_PER_ELEMENT);
  const digest = new Uint32Array(shared);
  return {
    ...source,
    digest: () => (Atomics.load(digest, 0) === 1 ? toHex(Atomics.load(digest, 1)) : undefined),
    inThread: { module: import.meta.url, name: 'openInThread', args: [store.root, key, version, shared] },
  };
}
