import type { ObjectStore } from '@datavis/plugin-sdk';
import { describe, expect, it } from 'vitest';
import { codeOf } from '../conformance/harness.js';
import { MemoryObjectStore } from './memory-object-store.js';
import { createObjectStoreResolver } from './resolver.js';

const memory = async (root: string): Promise<ObjectStore> =>
  new MemoryObjectStore({ root, objects: { 'set.zip': new Uint8Array(3) } });

describe('createObjectStoreResolver', () => {
  it('opens by scheme, plain paths as file', async () => {
    const stores = createObjectStoreResolver({ schemes: { file: memory, gs: memory } });
    expect((await stores.open('gs://bucket/p')).root).toBe('gs://bucket/p');
    expect((await stores.open('a:b/c')).root).toBe('a:b/c');
    expect(stores.schemes).toEqual(['file', 'gs']);
  });

  it('names the schemes it knows where one is unknown', async () => {
    const stores = createObjectStoreResolver({ schemes: { file: memory } });
    await expect(stores.open('s3://bucket')).rejects.toMatchObject({
      code: 'DATAVIS_STORAGE_SCHEME',
      hint: expect.stringContaining('file') as unknown,
    });
  });

  it('takes a new scheme once', async () => {
    const stores = createObjectStoreResolver({ schemes: { file: memory } });
    stores.register('s3', memory);
    expect((await stores.open('s3://bucket')).root).toBe('s3://bucket');
    expect(() => {
      stores.register('file', memory);
    }).toThrow(expect.objectContaining({ code: 'DATAVIS_STORAGE_SCHEME' }));
  });

  it('opens x.zip as an archive where it is an object, else as a folder', async () => {
    const opened: string[] = [];
    const stores = createObjectStoreResolver({
      schemes: { gs: memory },
      zip: async (parent, key) => {
        opened.push(key);
        return parent;
      },
    });
    await stores.open('gs://bucket/set.zip');
    expect((await stores.open('gs://bucket/folder.zip')).root).toBe('gs://bucket/folder.zip');
    expect(opened).toEqual(['set.zip']);
    expect(await codeOf(stores.open('s3://bucket/set.zip'))).toBe('DATAVIS_STORAGE_SCHEME');
  });

  it('does nothing once aborted', async () => {
    const reason = new Error('stop');
    const stores = createObjectStoreResolver({ schemes: { file: memory } });
    await expect(stores.open('x', { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});
