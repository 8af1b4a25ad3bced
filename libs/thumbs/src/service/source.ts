import type { CallOptions, ObjectStat, ObjectStore } from '@datavis/plugin-sdk';
import { checkInputBytes, type ThumbnailLimits } from '../limits.js';

/** A picture that can be read when it is needed. */
export interface ThumbnailSource {
  /** Changes whenever the bytes may have changed: URI and generation, or mtime and size, or a hash. */
  readonly identity: string;
  /** Named in errors. */
  readonly uri?: string;
  /** All bytes of the file, whole or in pieces. Not called when a cache has the thumbnail. */
  read(call: CallOptions): AsyncIterable<Uint8Array> | Promise<Uint8Array>;
}

/** A picture in an object store, pinned to the version that `stat` saw: a replaced object never shows an old thumbnail. */
export function objectSource(store: ObjectStore, stat: Pick<ObjectStat, 'key' | 'version'>): ThumbnailSource {
  const uri = `${store.root}/${stat.key}`;
  return {
    identity: `${uri}@${stat.version}`,
    uri,
    read: ({ signal }) => store.read(stat.key, { version: stat.version, signal }),
  };
}

/** Reads a source to its end, or to the limit of bytes. */
export async function readSource(
  source: ThumbnailSource,
  limits: Pick<ThumbnailLimits, 'maxInputBytes'>,
  call: CallOptions,
): Promise<Uint8Array> {
  const body = source.read(call);
  if (body instanceof Promise) {
    const bytes = await body;
    checkInputBytes(bytes.length, limits);
    return bytes;
  }
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    checkInputBytes(length, limits);
    chunks.push(chunk);
  }
  const [only] = chunks;
  return only !== undefined && chunks.length === 1 ? only : Buffer.concat(chunks, length);
}
