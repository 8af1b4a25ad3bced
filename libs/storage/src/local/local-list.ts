import type { Dirent } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ObjectEntry, ObjectListOptions, ObjectStat } from '@datavis/plugin-sdk';
import { compareUtf8 } from '../object-store/key-order.js';
import { ioError, isInside, isMissing } from './local-path.js';
import type { LocalRoots } from './local-path.js';
import { versionOf } from './local-read.js';

/** Names of files that a write is still filling; they are not objects yet. */
export const UNFINISHED = /^\.datavis-[0-9a-f-]{36}\.tmp$/;

/** Files looked at together: enough to keep the four threads of the pool busy, few enough to leave room for others. */
const STATS_AT_ONCE = 16;

interface Name {
  /** Key of a file, or of a folder with a slash at its end: in this form the order of names is that of all keys below. */
  readonly key: string;
  readonly entry: Dirent;
}

/**
 * Walks the folder in UTF-8 byte order of the keys. Holds the names of one folder per level, never the whole tree.
 * Links that lead out of the allowed folders, back up, or nowhere are left out: they cannot be read either.
 */
export async function* listLocal(
  roots: LocalRoots,
  prefix: string,
  options: ObjectListOptions,
): AsyncGenerator<ObjectEntry> {
  const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1);
  if (
    folder.split('/').some((name, i, all) => (name === '' && i < all.length - 1) || name === '.' || name === '..')
  )
    return;
  const real = await realpath(join(roots.root, folder)).catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw ioError(roots, folder, error);
  });
  if (real === undefined || !roots.allowed.some((allowed) => isInside(allowed, real))) return;
  yield* walk(roots, real, folder, prefix, options, [real]);
}

async function* walk(
  roots: LocalRoots,
  path: string,
  folder: string,
  prefix: string,
  options: ObjectListOptions,
  ancestors: readonly string[],
): AsyncGenerator<ObjectEntry> {
  const { after, delimiter, signal } = options;
  signal?.throwIfAborted();
  const names = await sortedNames(roots, path, folder);
  const wanted = names.filter(
    ({ key }) =>
      (key.startsWith(prefix) || (key.endsWith('/') && prefix.startsWith(key))) && mayHoldAfter(key, after),
  );
  for (let at = 0; at < wanted.length; at += STATS_AT_ONCE) {
    signal?.throwIfAborted();
    const window = wanted.slice(at, at + STATS_AT_ONCE);
    const stats = await Promise.all(window.map(({ key, entry }) => statFile(roots, path, key, entry)));
    for (const [i, name] of window.entries()) {
      const found = stats[i];
      if (found !== undefined) yield { kind: 'object', ...found };
      if (!name.key.endsWith('/')) continue;
      const inner = await realFolder(roots, join(path, name.entry.name), name.entry, ancestors);
      if (inner === undefined) continue;
      if (delimiter === undefined) yield* walk(roots, inner, name.key, prefix, options, [...ancestors, inner]);
      else if (after === undefined || compareUtf8(name.key, after) > 0) yield { kind: 'prefix', key: name.key };
    }
  }
}

/** False where neither the key nor any key below it comes after `after`. */
function mayHoldAfter(key: string, after: string | undefined): boolean {
  return after === undefined || compareUtf8(key, after) > 0 || (key.endsWith('/') && after.startsWith(key));
}

async function sortedNames(roots: LocalRoots, path: string, folder: string): Promise<Name[]> {
  let entries: Dirent[];
  try {
    entries = await readdir(path, { withFileTypes: true });
  } catch (error) {
    if (isMissing(error)) return [];
    throw ioError(roots, folder, error);
  }
  const names = await Promise.all(
    entries
      .filter((entry) => !UNFINISHED.test(entry.name))
      .map(async (entry) => ({ key: folder + entry.name + ((await isFolder(path, entry)) ? '/' : ''), entry })),
  );
  return names.sort((a, b) => compareUtf8(a.key, b.key));
}

async function isFolder(path: string, entry: Dirent): Promise<boolean> {
  if (!entry.isSymbolicLink()) return entry.isDirectory();
  return stat(join(path, entry.name)).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
}

async function statFile(
  roots: LocalRoots,
  path: string,
  key: string,
  entry: Dirent,
): Promise<ObjectStat | undefined> {
  if (key.endsWith('/') || !(entry.isFile() || entry.isSymbolicLink())) return undefined;
  const file = join(path, entry.name);
  try {
    if (entry.isSymbolicLink()) {
      const real = await realpath(file);
      if (!roots.allowed.some((allowed) => isInside(allowed, real))) return undefined;
    }
    const stats = await stat(file, { bigint: true });
    if (!stats.isFile()) return undefined;
    return { key, size: Number(stats.size), version: versionOf(stats), modifiedMs: Number(stats.mtimeMs) };
  } catch (error) {
    if (isMissing(error)) return undefined; // Deleted since the folder was read, or a link to nowhere.
    throw ioError(roots, key, error);
  }
}

async function realFolder(
  roots: LocalRoots,
  path: string,
  entry: Dirent,
  ancestors: readonly string[],
): Promise<string | undefined> {
  if (!entry.isSymbolicLink()) return path;
  const real = await realpath(path).catch(() => undefined);
  if (real === undefined || ancestors.includes(real)) return undefined;
  return roots.allowed.some((allowed) => isInside(allowed, real)) ? real : undefined;
}
