import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createRootList } from './roots.js';
import type { RootList } from './roots.js';

let dir: string;
let roots: RootList;
beforeAll(() => {
  dir = realpathSync(mkdtempSync(join(tmpdir(), 'datavis-roots-')));
  mkdirSync(join(dir, 'data/train'), { recursive: true });
  mkdirSync(join(dir, 'database'));
  writeFileSync(join(dir, 'secret.json'), '{}');
  writeFileSync(join(dir, 'data/a b%20#.json'), '{}');
  symlinkSync(join(dir, 'secret.json'), join(dir, 'data/link.json'));
  symlinkSync(join(dir, 'data'), join(dir, 'alias'));
  roots = createRootList([join(dir, 'data'), 'gs://bucket/coco', 'gs://whole']);
});
afterAll(() => {
  rmSync(dir, { recursive: true });
});

describe('allowed', () => {
  test('the root itself, what lies below, legal odd names, and another name of the root', async () => {
    expect(await roots.check(join(dir, 'data'))).toBe(join(dir, 'data'));
    expect(await roots.check(join(dir, 'data/train'))).toBe(join(dir, 'data/train'));
    expect(await roots.check(join(dir, 'alias/train'))).toBe(join(dir, 'data/train'));
    expect(await roots.check(pathToFileURL(join(dir, 'data/a b%20#.json')).href)).toBe(
      join(dir, 'data/a b%20#.json'),
    );
    expect(await roots.check(join(dir, 'data/../data/train'))).toBe(join(dir, 'data/train'));
  });
  test('buckets and prefixes', async () => {
    for (const uri of [
      'gs://bucket/coco',
      'gs://bucket/coco/train',
      'gs://bucket/coco/a b/ü.json',
      'gs://whole/x',
    ]) {
      expect(await roots.check(uri)).toBe(uri);
    }
  });
});

describe('refused', () => {
  test.each([
    'database',
    'secret.json',
    'data/../secret.json',
    'data/link.json',
    'data/nothing',
    '.',
    'data\0/train',
  ])('local %j', async (path) => {
    await expect(roots.check(`${dir}/${path}`)).rejects.toMatchObject({ code: 'DATAVIS_API_ROOT_NOT_ALLOWED' });
  });
  test.each([
    'data',
    './data',
    '',
    '/',
    '/etc/passwd',
    'file:///etc/passwd',
    'file://evil/data',
    'file:///data%2F..%2Fetc',
    'gs://bucket',
    'gs://bucket/',
    'gs://bucket/cocoa/x',
    'gs://bucket/coco/../private',
    'gs://bucket/coco/..',
    'gs://bucket/coco/./x',
    'gs://bucket/coco/%2e%2e/private',
    'gs://bucket/coco\\..\\private',
    'gs://bucket/coco/a?generation=1',
    'gs://user@bucket/coco/x',
    'GS://bucket/coco/x',
    'gs://other/coco',
    'http://169.254.169.254/computeMetadata/v1/',
    'http://metadata.google.internal/',
    'http://localhost:8080/v1/datasets',
    'http://[::1]/',
    'https://evil.example/a.json',
    'ftp://bucket/coco',
    's3://bucket/coco',
    'data:application/json,{}',
    'javascript:alert(1)',
    'zip:///etc/x.zip',
    '\\\\server\\share',
    'gs://bucket/coco/\nx',
  ])('%j: outside of the roots, or a request forged through the server', async (source) => {
    await expect(roots.check(source)).rejects.toMatchObject({ code: 'DATAVIS_API_ROOT_NOT_ALLOWED' });
  });
  test('everything, where there are no roots', async () => {
    await expect(createRootList([]).check('/')).rejects.toThrow('may not read');
  });
});
