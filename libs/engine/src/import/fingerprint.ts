import { createHash } from 'node:crypto';
import { isDataVisError, type CallOptions, type ObjectStore } from '@datavis/plugin-sdk';
import type { SourceSpec } from '@datavis/storage';

const HEAD_BYTES = 65_536;
const FORM = /^sha256:(\d+):([0-9a-f]{64})$/;

/** One object at one version. */
export interface PinnedObject {
  readonly store: ObjectStore;
  readonly key: string;
  readonly version: string;
}

async function sha256(object: PinnedObject, bytes: number, { signal }: CallOptions): Promise<string> {
  const hash = createHash('sha256');
  const range = { start: 0, end: bytes, version: object.version, signal };
  for await (const chunk of object.store.read(object.key, range)) hash.update(chunk);
  return hash.digest('hex');
}

/** SHA-256 of the first 64 KiB: tells files apart that have the same size and time. */
export function headChecksum(object: PinnedObject, call: CallOptions = {}): Promise<string> {
  return sha256(object, HEAD_BYTES, call);
}

const form = (bytes: number, digest: string): string => `sha256:${bytes}:${digest}`;

/** Checksum of the first `bytes` bytes, as `sha256:BYTES:HEX`. */
export async function prefixChecksum(object: PinnedObject, bytes: number, call: CallOptions = {}): Promise<string> {
  return form(bytes, await sha256(object, bytes, call));
}

/**
 * Checksum of a whole source, for later imports to tell a touched file from a changed one: what the store knows, or for
 * local files a SHA-256: `digest`, where the reading thread made it, else the file is read once more (0.7 s of CPU a GB).
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
  const [, bytes, hex] = FORM.exec(checksum) ?? [];
  return bytes !== undefined && (await sha256(object, Number(bytes), call)) === hex;
}
