import type { CallOptions, ObjectStore, SqlRow } from '@datavis/plugin-sdk';
import { objectUri } from '@datavis/storage';
import { sizeMismatch, type MediaCode } from './media-findings.js';
import { hashFile, readImageHeader } from './read-header.js';

/** A listed image and the file that was found for it. */
export type ScannedImage = SqlRow & {
  readonly image_key: bigint;
  readonly state: string;
  readonly key: string | null;
  readonly size: bigint | null;
  readonly version: string | null;
  readonly width: number | null;
  readonly height: number | null;
  readonly file_name: string | null;
};

/** Image key, state, URI, size, version, type, width, height, orientation, hash. */
export type MediaRow = readonly (string | bigint | null)[];

const LOST: Readonly<Record<string, MediaCode>> = {
  outside: 'image-outside-root',
  ambiguous: 'image-name-ambiguous',
};

/** Reads the header of one image's file, and with `hashes` the whole of it. */
export async function scanImage(
  store: ObjectStore,
  { image_key, state, key, size, version, width, height, file_name }: ScannedImage,
  hashes: boolean,
  call: CallOptions,
): Promise<{ readonly row: MediaRow; readonly note: readonly [MediaCode, string] | undefined }> {
  const name = (file_name ?? '').slice(0, 200);
  if (state !== 'found' || key === null) {
    const row = [image_key, 'missing', null, null, null, null, null, null, null, null];
    return { row, note: [LOST[state] ?? 'image-missing', name] };
  }
  const header = await readImageHeader(store, key, Number(size ?? 0n), call);
  let note: readonly [MediaCode, string] | undefined;
  if (header === undefined) note = ['image-unreadable', name];
  else if (width !== null && height !== null) {
    const code = sizeMismatch(width, height, header);
    if (code !== undefined) {
      note = [code, `${name}: ${width}x${height}, stored ${header.widthPx}x${header.heightPx}`];
    }
  }
  const stored = header && [header.contentType, header.widthPx, header.heightPx, header.orientation].map(String);
  const hash = hashes ? await hashFile(store, key, call) : null;
  const row = [
    image_key,
    'found',
    objectUri(store.root, key),
    size,
    version,
    ...(stored ?? [null, null, null, null]),
    hash,
  ];
  return { row, note };
}
