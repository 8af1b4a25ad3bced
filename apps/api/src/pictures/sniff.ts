import type { MediaFile } from '@datavis/engine';
import { isDataVisError } from '@datavis/plugin-sdk';
import { probeImage } from '@datavis/thumbs';

const HEAD_BYTES = 4096;
const MAX_HEAD_BYTES = 1 << 20;
const UNKNOWN = 'application/octet-stream';

/** The type that the first bytes of a file have; names and declared types are not believed. */
export async function sniffType(file: MediaFile): Promise<string> {
  for (let bytes = HEAD_BYTES; ;) {
    const head = await readHead(file, bytes);
    try {
      const probe = probeImage(head, head.length < bytes);
      if (probe.state === 'known') return probe.header.contentType;
      if (probe.atLeastBytes > MAX_HEAD_BYTES) return UNKNOWN;
      bytes = Math.max(bytes * 2, probe.atLeastBytes);
    } catch (error) {
      if (isDataVisError(error) && error.code.startsWith('DATAVIS_THUMBS_')) return UNKNOWN;
      throw error;
    }
  }
}

async function readHead(file: MediaFile, bytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of file.read({ start: 0, end: Math.min(bytes, file.sizeBytes) })) chunks.push(chunk);
  return Buffer.concat(chunks);
}
