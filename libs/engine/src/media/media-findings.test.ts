import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { MEDIA_CODES, sizeMismatch } from './media-findings.js';

test.each([
  ['as stored', 640, 480, 640, 480, 1, undefined],
  ['as stored, turned by half', 640, 480, 640, 480, 3, undefined],
  ['as stored, turned by a quarter', 640, 480, 640, 480, 6, 'image-exif-rotated'],
  ['upright, of a picture turned by EXIF', 480, 640, 640, 480, 6, 'image-size-swapped'],
  ['sides exchanged', 480, 640, 640, 480, 1, 'image-size-swapped'],
  ['a square has no sides to exchange', 5, 5, 5, 5, 8, undefined],
  ['half', 1280, 960, 640, 480, 1, 'image-size-scaled'],
  ['a third, rounded', 1000, 667, 333, 222, 1, 'image-size-scaled'],
  ['another shape', 640, 480, 640, 500, 1, 'image-size-other'],
] as const)('acceptance 37: declared size %s', (_what, width, height, widthPx, heightPx, orientation, code) => {
  expect(sizeMismatch(width, height, { widthPx, heightPx, orientation })).toBe(code);
});

test('docs/findings.md lists the codes of the scan with their severity', () => {
  const document = readFileSync(new URL('../../../../docs/findings.md', import.meta.url), 'utf8');
  const own = document.slice(document.indexOf('# Findings about folders and pictures'));
  const listed = [...own.matchAll(/^\| *`(image-[a-z-]+)` *\| *(\w+)/gm)].map(([, code, severity]) => [
    code,
    severity,
  ]);
  expect(Object.fromEntries(listed)).toEqual(MEDIA_CODES);
});
