import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeCorpus } from '@datavis/test-kit';
import { describe, expect, test } from 'vitest';
import { readAll } from '../testing/read-all.js';

// JSONTestSuite (https://github.com/nst/JSONTestSuite): y_ must be accepted, n_ refused, i_ is ours to decide. The strict
// policy, because NaN and Infinity are n_ there.

/** Our answer to what the standard leaves open: accepted, unless it is no UTF-8 or nested too deep. */
const REFUSED_I = new Set([
  'i_string_UTF-16LE_with_BOM.json', // UTF-16
  'i_string_UTF-8_invalid_sequence.json', // no UTF-8, as the following
  'i_string_UTF8_surrogate_U+D800.json',
  'i_string_invalid_utf-8.json',
  'i_string_iso_latin_1.json',
  'i_string_lone_utf8_continuation_byte.json',
  'i_string_not_in_unicode_range.json',
  'i_string_overlong_sequence_2_bytes.json',
  'i_string_overlong_sequence_6_bytes.json',
  'i_string_overlong_sequence_6_bytes_null.json',
  'i_string_truncated-utf-8.json',
  'i_string_utf16BE_no_BOM.json', // UTF-16, as the following
  'i_string_utf16LE_no_BOM.json',
]);
/** A byte order mark is accepted at the start of a file, and nowhere else. */
const ONLY_AT_ROOT = 'i_structure_UTF-8_BOM_empty_object.json';

const CHUNKS = [1, 2, 7, Infinity];

function between(before: string, document: Uint8Array, after: string): Uint8Array {
  return Buffer.concat([Buffer.from(before), document, Buffer.from(after)]);
}

describeCorpus('JSONTestSuite', (dir) => {
  const folder = join(dir, 'json-test-suite', 'test_parsing');
  const documents = readdirSync(folder).map((name) => [name, readFileSync(join(folder, name))] as const);
  const valid = (name: string): boolean => name.startsWith('y_') || (name.startsWith('i_') && !REFUSED_I.has(name));

  test('has the documents that the claims are about', () => {
    const count = (prefix: string): number => documents.filter(([name]) => name.startsWith(prefix)).length;
    expect([count('y_'), count('n_'), count('i_')]).toEqual([95, 188, 35]);
  });

  describe.each([
    ['an unknown key of an annotation', '{"annotations":[{"id":1,"image_id":2,"x":', ',"y":1}]}'],
    ['an unknown key of a category', '{"categories":[{"id":1,"name":"a","x":', ',"y":1}]}'],
    ['info', '{"info":{"a":', '},"images":[]}'],
    ['a record of another section', '{"images":[],"other":[', ']}'],
  ])('as the value of %s', (_where, before, after) => {
    test.each(documents)('%s', async (name, document) => {
      const accepted = valid(name) && name !== ONLY_AT_ROOT;
      // An empty list element is a valid list, where an empty value is not.
      if (before.endsWith('[') && document.toString().trim() === '') return;
      for (const chunkBytes of CHUNKS) {
        const { error, records } = await readAll(
          between(before, document, after),
          { policy: 'strict' },
          chunkBytes,
        );
        if (!accepted) {
          expect(error).toMatchObject({ place: { byteOffset: expect.any(Number) as number } });
          continue;
        }
        expect(error).toBeUndefined();
        const [record] = records['annotations'] ?? records['categories'] ?? [];
        if (record !== undefined) expect((record as { x: unknown }).x).toEqual(JSON.parse(document.toString()));
      }
    });
  });

  describe('as the root', () => {
    test.each(documents)('%s', async (name, document) => {
      for (const chunkBytes of CHUNKS) {
        const { error } = await readAll(document, { policy: 'strict' }, chunkBytes);
        const code = (error as { code: string }).code;
        expect(error).toMatchObject({ place: { byteOffset: expect.any(Number) as number } });
        if (valid(name)) expect(code).toBe('DATAVIS_INGEST_NOT_COCO');
        else expect(code).toMatch(/^DATAVIS_INGEST_(SYNTAX|TRUNCATED|ENCODING|LIMIT)$/);
      }
    });
  });
});
