import { realpath } from 'node:fs/promises';
import { isAbsolute, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ApiError } from '../errors.js';

/** The places from which a client may have the server read. Everything else is refused, whether it exists or not. */
export interface RootList {
  /**
   * The URI or path to read, with symbolic links resolved where it is local.
   *
   * @throws `DATAVIS_API_ROOT_NOT_ALLOWED`
   */
  check(source: string): Promise<string>;
}

export function createRootList(roots: readonly string[]): RootList {
  return {
    async check(source) {
      const local = localPath(source);
      const found = local === undefined ? matchUri(source, roots) : await matchPath(local, roots);
      if (found !== undefined) return found;
      throw new ApiError('DATAVIS_API_ROOT_NOT_ALLOWED', 'This server may not read from there', {
        place: { uri: source.slice(0, 500) },
        hint:
          roots.length === 0
            ? 'The server has no roots: start it with the folders or buckets it may import from.'
            : 'Sources must lie below one of the roots the server was started with.',
      });
    },
  };
}

/** The path of `file:` URIs and absolute paths; a relative path would depend on where the server was started. */
function localPath(source: string): string | undefined {
  if (source.includes('\0')) return undefined;
  if (isAbsolute(source)) return source;
  if (!source.toLowerCase().startsWith('file:')) return undefined;
  try {
    return fileURLToPath(source);
  } catch {
    return undefined;
  }
}

/** Links are resolved on both sides, and a root ends at a separator: `/data` does not allow `/database`. */
async function matchPath(path: string, roots: readonly string[]): Promise<string | undefined> {
  const real = await realPathOf(path);
  if (real === undefined) return undefined;
  for (const root of roots) {
    const rootPath = localPath(root);
    const realRoot = rootPath === undefined ? undefined : await realPathOf(rootPath);
    if (realRoot === undefined) continue;
    if (real === realRoot || real.startsWith(realRoot.endsWith(sep) ? realRoot : realRoot + sep)) return real;
  }
  return undefined;
}

function realPathOf(path: string): Promise<string | undefined> {
  return realpath(path).catch(() => undefined);
}

/**
 * Remote sources are compared as text, as buckets keep keys: nothing is decoded, and a path with dot segments,
 * control characters, a query or a user name is not a plain name below a root.
 */
function matchUri(source: string, roots: readonly string[]): string | undefined {
  const plain = /^[a-z][a-z0-9+.-]*:\/\/[^/@\\?#\s]+(?:\/[^\\?#\p{Cc}]*)?$/u;
  if (!plain.test(source) || /\/\.{1,2}(?:\/|$)/.test(source) || /%2e|%2f|%5c/i.test(source)) return undefined;
  const below = roots.some((root) => {
    const base = root.endsWith('/') ? root : `${root}/`;
    return localPath(root) === undefined && (source === root || source.startsWith(base));
  });
  return below ? source : undefined;
}
