import { mkdir, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { isMissing, systemCode } from './local-path.js';

/**
 * Makes a folder and those on the way to it, one after the other. Node's own `recursive` asks for ever, in a thread that
 * nothing ends, where a file system says that the parent is missing though it is there, as /proc does.
 *
 * @throws the error of the file system.
 */
export async function makeFolder(path: string): Promise<void> {
  const missing: string[] = [];
  for (let folder = resolve(path); !(await exists(folder)); folder = dirname(folder)) missing.unshift(folder);
  for (const folder of missing) {
    await mkdir(folder).catch((error: unknown) => {
      // Somebody else made it meanwhile.
      if (systemCode(error) !== 'EEXIST') throw error;
    });
  }
}

export async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    (error: unknown) => !isMissing(error),
  );
}
