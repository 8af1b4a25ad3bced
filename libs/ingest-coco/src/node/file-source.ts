import { open, stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { IngestError } from '../errors.js';
import type { CocoRangeSource } from '../source.js';

export interface FileSourceOptions {
  /** Bytes read at once. Default 256 KiB. */
  readonly chunkBytes?: number;
  /** Version that the file must have. Default: the one it has now. */
  readonly version?: string;
}

/**
 * A local file as a source. A `createCocoWorker` thread opens the file itself, so its bytes never pass the main thread.
 *
 * @throws IngestError `DATAVIS_INGEST_CHANGED` when reading, if the file is not the one that it was (by mtime and size).
 */
export async function fileSource(path: string | URL, options: FileSourceOptions = {}): Promise<CocoRangeSource> {
  const file = typeof path === 'string' ? path : fileURLToPath(path);
  const version = options.version ?? versionOf(await stat(file));
  return {
    version,
    read: ({ start }) => readFrom(file, start, version, options.chunkBytes ?? 256 * 1024),
    inThread: { module: import.meta.url, name: 'fileSource', args: [file, { ...options, version }] },
  };
}

async function* readFrom(
  file: string,
  start: number,
  version: string,
  chunkBytes: number,
): AsyncGenerator<Uint8Array> {
  const handle = await open(file, 'r');
  try {
    const now = versionOf(await handle.stat());
    if (now !== version) {
      throw new IngestError('DATAVIS_INGEST_CHANGED', `${file} has changed (version ${version}, now ${now})`);
    }
    // The reader copies a chunk before it asks for the next, so one buffer will do.
    const buffer = new Uint8Array(chunkBytes);
    for (let position = start; ;) {
      const { bytesRead } = await handle.read(buffer, 0, chunkBytes, position);
      if (bytesRead === 0) return;
      position += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await handle.close();
  }
}

function versionOf({ mtimeMs, size }: { mtimeMs: number; size: number }): string {
  return `${mtimeMs}-${size}`;
}
