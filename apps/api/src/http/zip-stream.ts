import { PassThrough, Readable } from 'node:stream';
import { finished, pipeline } from 'node:stream/promises';
import { ZipFile } from 'yazl';

export interface ZipEntry {
  readonly key: string;
  readonly body: () => AsyncIterable<Uint8Array>;
}

/**
 * A zip of files that are made while it is read: an entry begins when the one before it has been taken, so memory does
 * not grow with the archive. A reader that leaves ends `entries`; they are begun at once, so that they can be ended.
 */
export function zipStream(entries: AsyncIterable<ZipEntry>): Readable {
  const zip = new ZipFile();
  const output = new PassThrough();
  zip.outputStream.pipe(output);
  const fail = (error: unknown): void => void output.destroy(error as Error);
  zip.on('error', fail);
  fill(zip, output, entries).catch(fail);
  return output;
}

async function fill(zip: ZipFile, output: Readable, entries: AsyncIterable<ZipEntry>): Promise<void> {
  for await (const { key, body } of entries) {
    const input = Readable.from(body(), { objectMode: false });
    const leave = (): void => void input.destroy();
    if (output.destroyed) leave();
    output.once('close', leave);
    // Parquet is compressed already, and label files are too small to gain by it.
    zip.addReadStream(input, safeName(key), { compress: key.endsWith('.json'), mtime: new Date() });
    await finished(input).finally(() => output.off('close', leave));
  }
  zip.end();
}

/** Below the folder into which the archive is unpacked, whatever the key says. */
function safeName(key: string): string {
  const parts = key.split(/[\\/:]/).filter((part) => part !== '' && part !== '.' && part !== '..');
  return parts.join('/') || 'unnamed';
}

/** A stream of bytes that are begun at once, so that they are ended, too, where nobody ever reads the stream. */
export function byteStream(bytes: AsyncIterable<Uint8Array>): Readable {
  const output = new PassThrough();
  // The error reaches the reader through the stream.
  pipeline(bytes, output).catch(() => undefined);
  return output;
}
