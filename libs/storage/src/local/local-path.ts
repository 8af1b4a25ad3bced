import { realpath } from 'node:fs/promises';
import { isAbsolute, join, relative, sep } from 'node:path';
import { isLiveDatabase } from '../live-databases.js';
import { notFound, storeError } from '../object-store/errors.js';

/** Folders that a store may read: its root, and those the application allows symbolic links to lead to. All real paths. */
export interface LocalRoots {
  /** Root as URI, for errors. */
  readonly uri: string;
  readonly root: string;
  readonly allowed: readonly string[];
}

/** Code of a Node.js system error, such as `ENOENT`. */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** True for errors that say that there is nothing under a name, or that no file system could hold such a name. */
export function isMissing(error: unknown): boolean {
  const code = systemCode(error);
  return code === 'ENOENT' || code === 'ENOTDIR' || code === 'ENAMETOOLONG' || code === 'ELOOP';
}

/** Whether the real path `path` is `folder` or lies below it. Compares whole names, so `/data-2` is not below `/data`. */
export function isInside(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way === '' || (way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way));
}

/**
 * The path a key stands for, before links are followed. A key is made of plain names: one that a file system would give
 * another meaning (`..`, `.`, empty, NUL; on Windows also `\` and `:`) names no file.
 */
export function lexicalPath(roots: LocalRoots, key: string): string {
  for (const name of key.split('/')) {
    if (name === '..') {
      throw storeError('DATAVIS_STORAGE_FORBIDDEN', roots.uri, key, 'The name leads out of its folder');
    }
    if (name === '' || name === '.' || name.includes('\0') || (sep === '\\' && /[\\:]/.test(name))) {
      throw notFound(roots.uri, key);
    }
  }
  return join(roots.root, key);
}

/** The real path of an existing file or folder, proven to lie inside the allowed folders. */
export async function resolveInside(roots: LocalRoots, key: string): Promise<string> {
  const path = lexicalPath(roots, key);
  let real: string;
  try {
    real = await realpath(path);
  } catch (error) {
    if (isMissing(error)) throw notFound(roots.uri, key, error);
    throw ioError(roots, key, error);
  }
  assertAllowed(roots, key, real);
  assertNoLiveDatabase(roots, key, real);
  return real;
}

/** Before it is opened, written over or removed: see {@link isLiveDatabase}. */
export function assertNoLiveDatabase({ uri }: LocalRoots, key: string, real: string): void {
  if (!isLiveDatabase(real)) return;
  throw storeError('DATAVIS_STORAGE_FORBIDDEN', uri, key, 'This is a database that this process has open');
}

export function assertAllowed(roots: LocalRoots, key: string, real: string): void {
  if (!roots.allowed.some((folder) => isInside(folder, real))) {
    throw storeError('DATAVIS_STORAGE_FORBIDDEN', roots.uri, key, 'A symbolic link leads out of the root', {
      hint: 'Allow the folder it leads to, or open the dataset at a root that holds both.',
    });
  }
}

/** A system error as one of ours: the message of Node.js holds the path, which the place says already. */
export function ioError(roots: LocalRoots, key: string, error: unknown): Error {
  const code = systemCode(error);
  if (isMissing(error)) return notFound(roots.uri, key, error);
  if (code === 'EACCES' || code === 'EPERM') {
    return storeError('DATAVIS_STORAGE_FORBIDDEN', roots.uri, key, 'No permission', { cause: error });
  }
  return storeError('DATAVIS_STORAGE_IO', roots.uri, key, `The file system answered ${code ?? 'with an error'}`, {
    cause: error,
  });
}
