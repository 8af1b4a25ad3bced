import { expect, test } from 'vitest';
import { bar, formatBytes, formatCount, formatCounts, formatDuration } from './format.js';

test('counts have thousands separators, also bigints', () => {
  expect([formatCount(0), formatCount(860_001), formatCount(2n ** 60n)]).toEqual([
    '0',
    '860,001',
    '1,152,921,504,606,846,976',
  ]);
});

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1.00 kB'],
  [406_000_000, '406 MB'],
  [999_600_000, '1.00 GB'],
  [5e15, '5000 TB'],
])('%d bytes are %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

test.each([
  [840, '0.84 s'],
  [12_400, '12 s'],
  [185_000, '3:05'],
  [3_723_000, '1:02:03'],
])('%d ms are %s', (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});

test('counts by name leave out zeros', () => {
  expect(formatCounts({ images: 1200, annotations: 0, categories: 3 })).toBe('1,200 images, 3 categories');
  expect(formatCounts({ images: 1, categories: 1, annotations: 1 })).toBe('1 image, 1 category, 1 annotation');
  expect(formatCounts({ images: 0 })).toBe('nothing');
});

test('a bar is as wide as asked for, whatever the share', () => {
  for (const share of [-1, 0, 0.01, 0.5, 0.999, 1, 7]) expect(bar(share, 20)).toHaveLength(20);
  expect(bar(0, 4)).toBe('    ');
  expect(bar(0.5, 4)).toBe('██  ');
  expect(bar(1, 4)).toBe('████');
});
