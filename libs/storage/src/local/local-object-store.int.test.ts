import { mkdir, mkdtemp, readdir, readlink, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, it } from 'vitest';
import { objectStoreChecks } from '../conformance/index.js';
import { LocalObjectStore } from './local-object-store.js';

/** Open files below a folder, as the kernel lists them. */
async function openFilesBelow(folder: string): Promise<number> {
  const links = await Promise.all(
    (await readdir('/proc/self/fd')).map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')),
  );
  return links.filter((target) => target.startsWith(folder)).length;
}

async function put(root: string, key: string, bytes: Uint8Array): Promise<void> {
  await mkdir(dirname(join(root, key)), { recursive: true });
  await writeFile(join(root, key), bytes);
}

describe('LocalObjectStore', () => {
  const checks = objectStoreChecks({
    capabilities: { write: true, list: true, ranges: true, pinned: true },
    create: async (objects) => {
      const root = await mkdtemp(join(tmpdir(), 'datavis-local-'));
      for (const [key, bytes] of objects) await put(root, key, bytes);
      return {
        store: new LocalObjectStore({ root, durable: false }),
        replace: async (key, bytes) => {
          await put(root, `${key}.next`, bytes);
          await rename(join(root, `${key}.next`), join(root, key));
        },
        openHandles: process.platform === 'linux' ? () => openFilesBelow(root) : undefined,
        close: () => rm(root, { recursive: true }),
      };
    },
  });
  for (const check of checks) it.skipIf(check.skip !== undefined)(check.name, () => check.run());
});
