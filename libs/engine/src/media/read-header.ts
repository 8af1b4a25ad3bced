import { createHash } from 'node:crypto';
import { isDataVisError, type CallOptions, type ImageHeader, type ObjectStore } from '@datavis/plugin-sdk';
import { HEAD_BYTES, probeImage } from '@datavis/thumbs';

/** Most of a file that is read for its header: beyond this a JPEG's metadata is no picture's. */
const MAX_HEAD_BYTES = 8 * 1024 * 1024;

/** The header by a ranged read of the file's start; `undefined` where there is none that can be read. */
export async function readImageHeader(
  store: ObjectStore,
  key: string,
  size: number,
  { signal }: CallOptions,
): Promise<ImageHeader | undefined> {
  let bytes = HEAD_BYTES;
  for (;;) {
    const chunks: Uint8Array[] = [];
    for await (const chunk of store.read(key, { end: bytes, signal })) chunks.push(chunk);
    try {
      const probe = probeImage(Buffer.concat(chunks), bytes >= size);
      if (probe.state === 'known') return probe.header;
      if (probe.atLeastBytes > MAX_HEAD_BYTES) return undefined;
      bytes = Math.max(bytes * 2, probe.atLeastBytes);
    } catch (error) {
      if (isDataVisError(error)) return undefined;
      throw error;
    }
  }
}

/** SHA-256 of a whole file, as hex. */
export async function hashFile(store: ObjectStore, key: string, { signal }: CallOptions): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of store.read(key, { signal })) hash.update(chunk);
  return hash.digest('hex');
}
