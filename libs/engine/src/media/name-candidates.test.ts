import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nameCandidates } from './name-candidates.js';

const train = { prefixes: ['train2017/', '', 'annotations/'], rootUri: 'file:///data/coco' };

/** The key that is taken when just these files exist. */
function found(fileName: string, files: readonly string[], base = train): string | undefined {
  return nameCandidates(fileName, base).candidates.find(({ key }) => files.includes(key))?.key;
}

describe('acceptance 38: the right file each time', () => {
  test.each<[fileName: string, key: string]>([
    ['a.jpg', 'train2017/a.jpg'],
    ['batch_1/a.jpg', 'train2017/batch_1/a.jpg'],
    ['train2017/a.jpg', 'train2017/a.jpg'],
    ['batch_1\\a.jpg', 'train2017/batch_1/a.jpg'],
    ['batch_1\\a.jpg', 'train2017/batch_1\\a.jpg'],
    ['.\\a.jpg', 'train2017/a.jpg'],
    ['./a.jpg', 'train2017/a.jpg'],
    ['.//b/./a.jpg', 'train2017/b/a.jpg'],
    ['/a.jpg', 'train2017/a.jpg'],
    ['/data/coco/val2017/a.jpg', 'val2017/a.jpg'],
    ['/home/someone/coco/train2017/a.jpg', 'train2017/a.jpg'],
    ['C:\\sets\\coco\\train2017\\a.jpg', 'train2017/a.jpg'],
    ['http://images.cocodataset.org/train2017/a.jpg', 'train2017/a.jpg'],
    ['https://host/x/a%20b.jpg?size=1#top', 'train2017/a b.jpg'],
    ['gs://bucket/coco/train2017/a b#1?.jpg', 'train2017/a b#1?.jpg'],
    ['file:///data/coco/train2017/a%20b.jpg', 'train2017/a b.jpg'],
    ['a b.jpg', 'train2017/a b.jpg'],
    ['a%20b.jpg', 'train2017/a%20b.jpg'],
    ['a%20b.jpg', 'train2017/a b.jpg'],
    ['100%.jpg', 'train2017/100%.jpg'],
    ['a#1.jpg', 'train2017/a#1.jpg'],
    ['a?1.jpg', 'train2017/a?1.jpg'],
    ['a..b.jpg', 'train2017/a..b.jpg'],
    ['..jpg', 'train2017/..jpg'],
    ['%2e%2e', 'train2017/%2e%2e'],
  ])('%s is %s', (fileName, key) => {
    expect(found(fileName, [key])).toBe(key);
  });

  test('the most literal reading wins', () => {
    expect(found('a%20b.jpg', ['train2017/a b.jpg', 'train2017/a%20b.jpg'])).toBe('train2017/a%20b.jpg');
    expect(found('b/a.jpg', ['b/a.jpg', 'train2017/b/a.jpg'])).toBe('train2017/b/a.jpg');
    expect(found('/x/val2017/a.jpg', ['train2017/a.jpg', 'val2017/a.jpg'])).toBe('val2017/a.jpg');
  });

  test('one stem with two extensions is two files', () => {
    expect(found('a.png', ['train2017/a.jpg'])).toBeUndefined();
  });

  test('a relative name never loses a folder: another batch holds other pictures', () => {
    expect(found('batch_1/a.jpg', ['train2017/a.jpg', 'a.jpg'])).toBeUndefined();
  });

  test('in a bucket: the rest below the root, as it stands', () => {
    const base = { prefixes: [''], rootUri: 'gs://bucket/coco' };
    expect(nameCandidates('gs://bucket/coco/a%20b.jpg', base).candidates[0]).toEqual({
      key: 'a%20b.jpg',
      reading: 'exact',
    });
    expect(nameCandidates('gs://bucket/coco/a.jpg', base).outside).toBe(false);
    expect(nameCandidates('gs://other/coco/a.jpg', base).outside).toBe(true);
  });
});

describe('acceptance 39: a name that leads out of the root', () => {
  test('is followed inside the root only', () => {
    expect(found('../train2017/001.JPG', ['train2017/001.JPG'])).toBe('train2017/001.JPG');
    expect(nameCandidates('../train2017/001.JPG', { ...train, prefixes: ['val2017/'] }).outside).toBe(false);
  });

  test('is outside where the root is the folder it climbs out of, and inside once the root is widened', () => {
    const narrow = nameCandidates('../train2017/001.JPG', { prefixes: [''], rootUri: 'file:///data/coco/images' });
    expect(narrow.outside).toBe(true);
    expect(found('../train2017/001.JPG', ['001.JPG'], { prefixes: [''], rootUri: 'file:///data' })).toBeUndefined();
    expect(
      found('../train2017/001.JPG', ['train2017/001.JPG'], { prefixes: [''], rootUri: 'file:///data/coco' }),
    ).toBe('train2017/001.JPG');
  });

  test('no candidate of any name can leave the root', () => {
    const part = fc.constantFrom('..', '.', '', 'a', '%2e%2e', '..%2f', 'C:', '\\', '/', 'gs:', '//', 'ü', '\0');
    const name = fc.oneof(
      fc.string(),
      fc.array(part).map((parts) => parts.join('/')),
      fc.array(part).map((p) => p.join('')),
    );
    fc.assert(
      fc.property(name, (fileName) => {
        for (const { key } of nameCandidates(fileName, train).candidates) {
          const parts = key.split('/');
          expect(parts).not.toContain('..');
          expect(parts).not.toContain('');
          expect(key).not.toContain('\0');
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

test('acceptance 41: a record with only a coco_url is found by the path of the url', () => {
  const lvis = { prefixes: ['val2017/', ''], rootUri: 'file:///data/coco' };
  expect(found('http://images.cocodataset.org/train2017/0001.jpg', ['train2017/0001.jpg'], lvis)).toBe(
    'train2017/0001.jpg',
  );
});
