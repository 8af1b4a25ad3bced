import { execFileSync } from 'node:child_process';
import { appendFile, mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LocalObjectStore } from './local-object-store.js';
import { codeOf, collect, keys } from '../conformance/harness.js';

describe('the root of a LocalObjectStore', () => {
  let base: string;
  let root: string;
  let store: LocalObjectStore;

  beforeEach(async () => {
    base = await mkdtemp(join(tmpdir(), 'datavis-roots-'));
    root = join(base, 'data');
    await mkdir(join(root, 'inner'), { recursive: true });
    await mkdir(join(base, 'data-2'));
    await writeFile(join(root, 'inner/file'), 'inside');
    await writeFile(join(base, 'data-2/secret'), 'outside');
    store = new LocalObjectStore({ root });
  });
  afterEach(() => rm(base, { recursive: true }));

  const text = async (key: string): Promise<string> => (await collect(store.read(key))).toString();

  it('follows links that stay inside', async () => {
    await symlink('inner/file', join(root, 'link'));
    await symlink('inner', join(root, 'linked-folder'));
    expect(await text('link')).toBe('inside');
    expect(await text('linked-folder/file')).toBe('inside');
    expect(await keys(store.list(''))).toEqual(['inner/file', 'link', 'linked-folder/file']);
  });

  it('refuses links that lead out, to read, stat, write and delete, and does not list them', async () => {
    await symlink(join(base, 'data-2/secret'), join(root, 'link'));
    await symlink('../data-2', join(root, 'linked-folder'));
    for (const key of ['link', 'linked-folder/secret']) {
      expect(await codeOf(collect(store.read(key)))).toBe('DATAVIS_STORAGE_FORBIDDEN');
      expect(await codeOf(store.stat(key))).toBe('DATAVIS_STORAGE_FORBIDDEN');
      expect(await codeOf(store.delete(key))).toBe('DATAVIS_STORAGE_FORBIDDEN');
    }
    expect(await codeOf(store.write('linked-folder/new', Buffer.from('x')))).toBe('DATAVIS_STORAGE_FORBIDDEN');
    expect(await codeOf(store.write('linked-folder/a/b/new', Buffer.from('x')))).toBe('DATAVIS_STORAGE_FORBIDDEN');
    expect(await keys(store.list(''))).toEqual(['inner/file']);
    expect(await keys(store.list('linked-folder/'))).toEqual([]);
    expect(await keys(new LocalObjectStore({ root: join(base, 'data-2') }).list(''))).toEqual(['secret']);
  });

  it('is widened by allowLinksTo alone', async () => {
    await symlink('../data-2', join(root, 'linked-folder'));
    store = new LocalObjectStore({ root, allowLinksTo: [join(base, 'data-2')] });
    expect(await text('linked-folder/secret')).toBe('outside');
    expect(await keys(store.list(''))).toEqual(['inner/file', 'linked-folder/secret']);
    expect(await codeOf(collect(store.read('../data-2/secret')))).toBe('DATAVIS_STORAGE_FORBIDDEN');
  });

  it('may itself be reached by a link, and lists loops once', async () => {
    await symlink(root, join(base, 'alias'));
    await symlink('..', join(root, 'inner/up'));
    await symlink('nowhere', join(root, 'dangling'));
    store = new LocalObjectStore({ root: join(base, 'alias') });
    expect(await text('inner/file')).toBe('inside');
    expect(await keys(store.list(''))).toEqual(['inner/file']);
  });

  it.skipIf(process.platform === 'win32')('reads no pipe and no device, and does not wait for one', async () => {
    execFileSync('mkfifo', [join(root, 'pipe')]);
    expect(await codeOf(collect(store.read('pipe')))).toBe('DATAVIS_STORAGE_NOT_FOUND');
    expect(await keys(store.list(''))).toEqual(['inner/file']);
  });

  it('never mixes in bytes of a folder that became a link between the check and the opening', async () => {
    const state = { swapping: true };
    const swap = async (): Promise<void> => {
      while (state.swapping) {
        await rename(join(root, 'inner'), join(root, 'parked'));
        await symlink('../data-2', join(root, 'inner'));
        await new Promise(setImmediate);
        await rm(join(root, 'inner'));
        await rename(join(root, 'parked'), join(root, 'inner'));
      }
    };
    await writeFile(join(base, 'data-2/file'), 'outside');
    const swapper = swap();
    for (let round = 0; round < 300; round++) {
      const got = await text('inner/file').catch(() => 'refused');
      expect(['inside', 'refused']).toContain(got);
    }
    state.swapping = false;
    await swapper;
  });

  it('notices a file that grows or is cut while it is read', async () => {
    const file = join(root, 'growing');
    for (const change of [() => appendFile(file, 'more'), () => writeFile(file, 'less')]) {
      await writeFile(file, Buffer.alloc(2_500_000, 1));
      store = new LocalObjectStore({ root, chunkBytes: 100_000 });
      const read = async (): Promise<void> => {
        let seen = 0;
        for await (const chunk of store.read('growing')) {
          if (chunk.length > 0 && seen++ === 2) await change();
        }
      };
      expect(await codeOf(read())).toBe('DATAVIS_STORAGE_CHANGED');
    }
  });

  it('says what the disk said, with the place and without losing the cause', async () => {
    await writeFile(join(root, 'a-file'), '');
    const error: unknown = await store.write('a-file/below', Buffer.from('x')).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ place: { uri: `${store.root}/a-file/below` } });
    expect(await codeOf(store.write('inner', Buffer.from('x')))).toBe('DATAVIS_STORAGE_IO');
    expect(await keys(store.list(''))).toEqual(['a-file', 'inner/file']);
  });
});
