import { DataVisError } from '@datavis/plugin-sdk';
import type { DataVisErrorOptions } from '@datavis/plugin-sdk';
import { objectUri } from './uri.js';

/** What an object store can answer with. Each code is explained in docs/errors.md. */
export type ObjectStoreErrorCode =
  | 'DATAVIS_STORAGE_NOT_FOUND'
  | 'DATAVIS_STORAGE_FORBIDDEN'
  | 'DATAVIS_STORAGE_CHANGED'
  | 'DATAVIS_STORAGE_CORRUPT'
  | 'DATAVIS_STORAGE_UNAVAILABLE'
  | 'DATAVIS_STORAGE_READ_ONLY'
  | 'DATAVIS_STORAGE_UNSUPPORTED'
  | 'DATAVIS_STORAGE_ARCHIVE'
  | 'DATAVIS_STORAGE_CACHE'
  | 'DATAVIS_STORAGE_IO'
  | 'DATAVIS_STORAGE_SCHEME';

/** An error about one object; `place.uri` says which. */
export function storeError(
  code: ObjectStoreErrorCode,
  root: string,
  key: string,
  message: string,
  options: Pick<DataVisErrorOptions, 'cause' | 'hint'> = {},
): DataVisError<ObjectStoreErrorCode> {
  const uri = objectUri(root, key);
  return new DataVisError(code, `${message}: ${uri}`, { ...options, place: { uri } });
}

export function notFound(root: string, key: string, cause?: unknown): DataVisError<ObjectStoreErrorCode> {
  return storeError('DATAVIS_STORAGE_NOT_FOUND', root, key, 'No such object', { cause });
}

export function changed(root: string, key: string, cause?: unknown): DataVisError<ObjectStoreErrorCode> {
  return storeError('DATAVIS_STORAGE_CHANGED', root, key, 'The object is not the version that was asked for', {
    cause,
    hint: 'Something wrote it in the meantime: read it again from its start.',
  });
}

export function readOnly(root: string, key: string): DataVisError<ObjectStoreErrorCode> {
  return storeError('DATAVIS_STORAGE_READ_ONLY', root, key, 'This store cannot be written to');
}

export function unnamed(root: string): DataVisError<ObjectStoreErrorCode> {
  return storeError('DATAVIS_STORAGE_FORBIDDEN', root, '', 'An object cannot be written without a name');
}
