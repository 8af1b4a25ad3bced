import fc from 'fast-check';
import { expect, test } from 'vitest';
import { mayBeCoco, topLevelKeys } from './sniff.js';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

test('keys of the root are read, whatever the values hold', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (object) => {
      const keys = topLevelKeys(JSON.stringify(object, null, 2)).map((key): unknown => JSON.parse(`"${key}"`));
      expect(keys).toEqual(Object.keys(JSON.parse(JSON.stringify(object)) as object));
    }),
  );
});

test.each([
  ['{"info": {}, "images": []}', true, true],
  ['\uFEFF{"annotations": {"1": {}}}', true, true],
  ['[{"image_id": 1}]', true, true],
  ['{"name": "a package", "files": ["images"]}', true, false],
  // What comes later is unknown: the reader decides.
  ['{"info": {"a": "', false, true],
])('%s', (text, whole, expected) => {
  expect(mayBeCoco(bytes(text), whole)).toBe(expected);
});
