import { createHash } from 'node:crypto';
import { isDataVisError, type CallOptions, type ObjectStore } from '@datavis/plugin-sdk';
import type { SourceSpec } from '@datavis/storage';
import { RunningChecksum } from './running-checksum.js';

const HEAD_BYTES = 65_536;
const FORM = /^crc32:(\d+):([0-9a-f]{8})$/;

/** One object at one version. */
export interface PinnedObject {
  readonly store: ObjectStore;
  readonly key: string;
  readonly version: string;
}

interface Hash {
  update(chunk: Uint8Array): unknown;
}

/** Puts the first `bytes` bytes of an object into `hash`. */
async function hashPrefix<T extends Hash>(
  hash: T,
  { store, key, version }: PinnedObject,
  bytes: number,
  { signal }: CallOptions,
): Promise<T> {
  for await (const chunk of store.read(key, { start: 0, end: bytes, version, signal })) hash.update(chunk);
  return hash;
}

/** SHA-256 of the first 64 KiB: tells files apart that have the same size and time. */
export async function headChecksum(object: PinnedObject, call: CallOptions = {}): Promise<string> {
  return (await hashPrefix(createHash('sha256'), object, HEAD_BYTES, call)).digest('hex');
}

const form = (bytes: number, digest: string): string => `crc32:${bytes}:${digest}`;

/** Checksum of the first `bytes` bytes, as `crc32:BYTES:HEX`. */
export async function prefixChecksum(object: PinnedObject, bytes: number, call: CallOptions = {}): Promise<string> {
  return form(bytes, (await hashPrefix(new RunningChecksum(), object, bytes, call)).digest());
}

/**
 * Checksum of a whole source, for later imports to tell a touched file from a changed one: what the store knows, or for
 * local files a CRC-32: `digest`, where the reading thread made it, else the file is read once more (0.4 s of CPU a GB).
 * `null` where it would cost a download, or where the file has changed meanwhile: it counts as changed next time.
 */
export async function wholeChecksum(
  object: PinnedObject,
  spec: SourceSpec,
  { digest, ...call }: CallOptions & { readonly digest?: string | undefined } = {},
): Promise<string | null> {
  if (spec.storeChecksum !== null) return spec.storeChecksum;
  if (digest !== undefined) return form(spec.sizeBytes, digest);
  if (!object.store.root.startsWith('file:')) return null;
  return prefixChecksum(object, spec.sizeBytes, call).catch((error: unknown) => {
    if (isDataVisError(error, 'DATAVIS_STORAGE_CHANGED')) return null;
    throw error;
  });
}

/** Whether a source begins with the bytes that a {@link prefixChecksum} or {@link wholeChecksum} was made of. */
export async function beginsWith(
  object: PinnedObject,
  spec: SourceSpec,
  checksum: string,
  call: CallOptions = {},
): Promise<boolean> {
  if (checksum === spec.storeChecksum) return true;
  const [, bytes] = FORM.exec(checksum) ?? [];
  return bytes !== undefined && (await prefixChecksum(object, Number(bytes), call)) === checksum;
}
