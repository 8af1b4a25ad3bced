import { fileURLToPath, pathToFileURL } from 'node:url';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ODD_KEYS } from '../conformance/list-checks.js';
import { compareUtf8 } from './key-order.js';
import { objectUri, schemeOf, splitObjectUri, splitUri } from './uri.js';

describe('URIs', () => {
  it('tells schemes from paths', () => {
    expect(['gs://b/k', 'GS://b', 'file:///a', 'file:/a', 'https://h/x'].map(schemeOf)).toEqual(
      ['gs', 'gs', 'file', 'file', 'https'], // in order
    );
    expect(['a/b', '/a', 'C:\\data', 'c:/data', 'a:b/c', './gs:', ''].map(schemeOf)).toEqual(Array(7).fill('file'));
  });

  it.each([
    ['gs://bucket/a/b c.json', 'gs://bucket/a', 'b c.json'],
    ['gs://bucket/100%.json', 'gs://bucket', '100%.json'],
    ['gs://bucket', 'gs://bucket', ''],
    ['gs://bucket/', 'gs://bucket', ''],
    ['file:///data/a%20b.json', 'file:///data', 'a b.json'],
    ['/data/a%20b.json', '/data', 'a%20b.json'],
    ['/a.json', '/', 'a.json'],
    ['a.json', '.', 'a.json'],
    ['C:\\data\\a.json', 'C:\\data', 'a.json'],
    ['back\\slash/a\\b.json', 'back\\slash', 'a\\b.json'],
  ])('cuts %s', (uri, root, key) => {
    expect(splitUri(uri)).toEqual({ root, key });
  });

  it.each([
    ['file:///d/set.zip/val/a%20%2F.jpg', 'file:///d/set.zip', 'val/a /.jpg'],
    ['file:///d/set.zip/a.json', 'file:///d/set.zip', 'a.json'],
    ['gs://b/p/SET.ZIP/x y/z/a%20.jpg', 'gs://b/p/SET.ZIP', 'x y/z/a%20.jpg'],
    ['file:///d/.zip/a/b.json', 'file:///d/.zip/a', 'b.json'],
    ['file:///d/set.zip.d/a/b.json', 'file:///d/set.zip.d/a', 'b.json'],
  ])('cuts %s behind the archive', (uri, root, key) => {
    expect(splitObjectUri(uri)).toEqual({ root, key });
  });

  it('puts together what it cut, for every odd name', () => {
    for (const key of ODD_KEYS.filter((name) => !name.includes('/'))) {
      for (const root of ['gs://bucket/p', 'file:///data', 'https://host/p']) {
        expect(splitUri(objectUri(root, key))).toEqual({ root, key });
      }
      expect(fileURLToPath(objectUri('file:///data', key))).toBe(`/data/${key}`);
      expect(fileURLToPath(objectUri(pathToFileURL('/d #?').href, key))).toBe(`/d #?/${key}`);
    }
  });
});

describe('compareUtf8', () => {
  it('agrees with the order of the encoded bytes', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '/', '\uffee', '\ud7ff', '\u{1f600}', '\u{10ffff}') });
    fc.assert(
      fc.property(text, text, (a, b) => {
        expect(Math.sign(compareUtf8(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
      }),
    );
  });
});
