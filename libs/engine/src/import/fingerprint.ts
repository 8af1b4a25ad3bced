import { createHash } from 'node:crypto';
import type { CallOptions, ObjectStore } from '@datavis/plugin-sdk';

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

/** Checksum of the first `bytes` bytes, as `sha256:BYTES:HEX`. */
export async function prefixChecksum(object: PinnedObject, bytes: number, call: CallOptions = {}): Promise<string> {
  return `sha256:${bytes}:${await sha256(object, bytes, call)}`;
}

/** Whether an object begins with the bytes that a {@link prefixChecksum} was made of. */
export async function beginsWith(object: PinnedObject, checksum: string, call: CallOptions = {}): Promise<boolean> {
  const [, bytes, hex] = FORM.exec(checksum) ?? [];
  return bytes !== undefined && (await sha256(object, Number(bytes), call)) === hex;
}
