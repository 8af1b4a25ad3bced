import { createWriteStream, existsSync } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { usage } from '../errors.js';
import { interruptible } from '../interrupt.js';
import { wholeFile } from '../output/whole-file.js';
import { createProgress } from '../terminal/progress.js';
import type { Terminal } from '../terminal/terminal.js';
import { asError } from './connect.js';

/** Refuses to write over a file that somebody else made. */
export function assertNew(path: string, force: boolean): void {
  if (!force && existsSync(path)) throw usage(`${path} is there already`, 'Choose another name for --out.');
}

/** Writes an answer to a file, which appears under its name when it is whole. Resolves to its bytes. */
export async function download(
  body: unknown,
  { out, url, total }: { readonly out: string; readonly url: string; readonly total?: number | undefined },
  terminal: Terminal,
): Promise<number> {
  const progress = createProgress(terminal);
  const notes = { stopping: 'Stopping …', stopped: 'Stopped. No file was left; run the same command again.' };
  let bytes = 0;
  const source = Readable.fromWeb(body as ReadableStream<Uint8Array>);
  try {
    await interruptible(terminal, notes, (signal) =>
      wholeFile(out, async (unfinished) => {
        // Not before there is a file: who listens lets the bytes flow.
        source.on('data', (chunk: Uint8Array) => {
          bytes += chunk.byteLength;
          progress.update({ title: out, done: bytes, total, unit: 'bytes' });
        });
        await pipeline(source, createWriteStream(unfinished), { signal });
      }),
    );
    return bytes;
  } catch (error) {
    source.destroy();
    throw asError(error, url);
  } finally {
    progress.end();
  }
}
