import type { CocoRangeSource } from '@datavis/ingest-coco';
import type { ObjectStore } from '@datavis/plugin-sdk';
import { LocalObjectStore } from '@datavis/storage/local';

/** A local file as a reading thread opens it for itself, through a store with the same protections. */
export function openInThread(root: string, key: string, version: string): CocoRangeSource {
  const store = new LocalObjectStore({ root });
  return { version, read: (range) => store.read(key, { ...range, version }) };
}

/**
 * The bytes of one object at one version. A reading thread opens local files by itself, so that their bytes do not pass
 * through the caller's thread.
 */
export async function cocoSource(store: ObjectStore, key: string, version: string): Promise<CocoRangeSource> {
  const source: CocoRangeSource = { version, read: (range) => store.read(key, { ...range, version }) };
  if (!store.root.startsWith('file:')) return source;
  // A store with more rights than a plain one (links that it may follow) has to read for itself.
  const plain = await new LocalObjectStore({ root: store.root }).stat(key).catch(() => undefined);
  if (plain?.version !== version) return source;
  return {
    ...source,
    inThread: { module: import.meta.url, name: 'openInThread', args: [store.root, key, version] },
  };
}
