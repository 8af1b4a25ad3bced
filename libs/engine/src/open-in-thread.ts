import type { CocoRangeSource } from '@datavis/ingest-coco';
import { LocalObjectStore } from '@datavis/storage/local';
import { RunningChecksum } from './import/running-checksum.js';

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
