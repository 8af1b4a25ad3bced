import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { LocalObjectStore, makeFolder } from './local-object-store.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'datavis-make-folder-'));
});
afterEach(() => rm(folder, { recursive: true }));

test('makes what is not there, once or several times at once', async () => {
  const deep = join(folder, 'a', 'b', 'c');
  await Promise.all([makeFolder(deep), makeFolder(deep), makeFolder(join(folder, 'a', 'x'))]);
  await makeFolder(deep);
  expect((await stat(deep)).isDirectory()).toBe(true);
  expect((await stat(join(folder, 'a', 'x'))).isDirectory()).toBe(true);
});

test('a store whose root cannot be made says so: below a file, and where nothing can be made', async () => {
  await writeFile(join(folder, 'file'), '');
  const roots = [join(folder, 'file', 'below'), ...(process.platform === 'linux' ? ['/proc/none/below'] : [])];
  for (const root of roots) {
    const store = new LocalObjectStore({ root });
    await expect(store.write('a', new Uint8Array(1)), root).rejects.toMatchObject({
      code: expect.stringMatching(/^DATAVIS_STORAGE_(IO|FORBIDDEN)$/) as string,
    });
  }
});
