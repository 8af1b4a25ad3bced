import { DataVisError } from '@datavis/plugin-sdk';
import { expect, test } from 'vitest';
import { statusOf, toProblem } from './error-mapping.js';

test.each([
  ['DATAVIS_CATALOG_NOT_FOUND', 404],
  ['DATAVIS_CATALOG_FILTER', 400],
  ['DATAVIS_CATALOG_LOCKED', 409],
  ['DATAVIS_ENGINE_EXPORT_IDS', 409],
  ['DATAVIS_ENGINE_EXPORT_PARTIAL', 409],
  ['DATAVIS_THUMBS_UNSUPPORTED', 415],
  ['DATAVIS_THUMBS_TIMEOUT', 422],
  ['DATAVIS_STORAGE_UNAVAILABLE', 502],
  ['DATAVIS_STORAGE_CLOSED', 503],
  ['DATAVIS_PLUGIN_TIMEOUT', 504],
  // Nobody has thought of it: ours, until somebody does.
  ['DATAVIS_NEW_KIND', 500],
])('%s is %i', (code, status) => {
  expect(statusOf(code)).toBe(status);
});

test('what is wrong with a file that was imported is no error of the server', () => {
  for (const code of [
    'INGEST_SYNTAX',
    'INGEST_TRUNCATED',
    'INGEST_NOT_COCO',
    'ENGINE_LAYOUT_AMBIGUOUS',
    'PLUGIN_FORMAT',
  ]) {
    const error = new DataVisError(`DATAVIS_${code}`, 'as the file is', { place: { byteOffset: 7 } });
    expect(toProblem(error, 'job'), code).toMatchObject({ status: 422, title: 'Cannot be processed' });
  }
});
