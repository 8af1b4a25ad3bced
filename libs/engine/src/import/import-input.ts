import type { CocoRangeSource } from '@datavis/ingest-coco';
import type { ObjectStore } from '@datavis/plugin-sdk';
import { LocalObjectStore } from '@datavis/storage/local';
import { OPEN_IN_THREAD } from '../thread-modules.js';
import { toHex } from './running-checksum.js';

/** The bytes of one object at one version. */
export interface ImportInput extends CocoRangeSource {
  /** CRC-32 of all of it, as hex, where a thread has read it from its first byte to its last. */
  digest(): string | undefined;
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
    inThread: { module: OPEN_IN_THREAD, name: 'openInThread', args: [store.root, key, version, shared] },
  };
}
