import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { clarinetEngine } from './clarinet/clarinet-engine.js';
import { readCoco } from './read-coco.js';
import { scannerEngine } from './scan/scanner-engine.js';

const text = JSON.stringify({ images: [{ id: 1, file_name: 'a.jpg' }], annotations: [], categories: [] });

async function errorOf(bytes: Uint8Array, chunkBytes: number, engine: typeof scannerEngine): Promise<unknown> {
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes);
  }
  try {
    const batches = readCoco(chunks(), { engine }).batches();
    while ((await batches.next()).done !== true);
    return undefined;
  } catch (error) {
    return error;
  }
}

describe.each([
  ['scanner', scannerEngine],
  ['clarinet', clarinetEngine],
])('by the %s engine', (_, engine) => {
  test.each([
    ['gzip', gzipSync(text), /gzip/, /gunzip/],
    ['UTF-16, little end first', Buffer.from(`\ufeff${text}`, 'utf16le'), /UTF-16/, /iconv/],
    ['UTF-16, big end first', Buffer.from(`\ufeff${text}`, 'utf16le').swap16(), /UTF-16/, /iconv/],
    ['a zip archive', Buffer.from('PK\x03\x04rest of it'), /zip/, /[Uu]npack/],
  ])('%s is refused by its name, in chunks of any size', async (_name, bytes, message, hint) => {
    for (const chunkBytes of [1, 2, 3, 64]) {
      expect(await errorOf(bytes, chunkBytes, engine)).toMatchObject({
        code: 'DATAVIS_INGEST_ENCODING',
        place: { byteOffset: 0 },
        message: expect.stringMatching(message) as unknown,
        hint: expect.stringMatching(hint) as unknown,
      });
    }
  });

  test('a file shorter than the look is read as it is', async () => {
    expect(await errorOf(Buffer.from('{}'), 1, engine)).toMatchObject({ code: 'DATAVIS_INGEST_NOT_COCO' });
    expect(await errorOf(Buffer.from(text), 1, engine)).toBeUndefined();
  });
});
