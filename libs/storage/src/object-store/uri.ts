/** `scheme://…`, or `file:/…`. One letter before the colon is a Windows drive, not a scheme. */
const SCHEME = /^([a-z][a-z0-9+.-]+):\/\/|^(file):\//i;

/** Scheme of a URI in lower case; `file` for a plain path, whatever characters it holds. */
export function schemeOf(uri: string): string {
  const match = SCHEME.exec(uri);
  return (match?.[1] ?? match?.[2] ?? 'file').toLowerCase();
}

/** Percent-encoding belongs to `file:` and `http(s):` URIs; the names of a bucket or an archive are taken as they are. */
function encodes(root: string): boolean {
  return /^(file|https?):/i.test(root);
}

/**
 * URI of the object `key` of the store at `root`.
 *
 * @example
 * ```ts
 * import { objectUri } from '@datavis/storage';
 *
 * objectUri('gs://bucket/coco', 'val2017/a b.jpg'); // gs://bucket/coco/val2017/a b.jpg
 * objectUri('file:///data', 'a b.jpg'); // file:///data/a%20b.jpg
 * ```
 */
export function objectUri(root: string, key: string): string {
  const base = root.endsWith('/') ? root : `${root}/`;
  if (key === '') return root;
  return base + (encodes(root) ? key.split('/').map(encodeURIComponent).join('/') : key);
}

/** A drive letter or a network share: there `\\` separates names too. */
const WINDOWS_PATH = /^[a-z]:[\\/]|^\\\\/i;

/**
 * Cuts the URI or path of an object into the root to open a store at and the key below it: its last name. The key is
 * empty where the URI names no object (`gs://bucket`, `data/`).
 */
export function splitUri(uri: string): { readonly root: string; readonly key: string } {
  const authority = SCHEME.exec(uri)?.[0] ?? '';
  const rest = uri.slice(authority.length);
  const slash = Math.max(rest.lastIndexOf('/'), WINDOWS_PATH.test(rest) ? rest.lastIndexOf('\\') : -1);
  if (authority !== '') {
    if (slash === -1)
      return authority.endsWith('://') ? { root: uri, key: '' } : { root: authority, key: decoded(uri, rest) };
    return { root: authority + rest.slice(0, slash), key: decoded(uri, rest.slice(slash + 1)) };
  }
  if (slash === -1) return { root: '.', key: uri };
  return { root: slash === 0 ? '/' : uri.slice(0, slash), key: uri.slice(slash + 1) };
}

/**
 * As {@link splitUri}, for the URIs of objects that a catalog holds: of one in an archive the root is the archive, since its
 * folders are none that a store could be opened at.
 */
export function splitObjectUri(uri: string): { readonly root: string; readonly key: string } {
  const { root, key } = splitUri(uri);
  const archive = /^.*?[^/]\.zip(?=\/)/i.exec(root)?.[0];
  if (archive === undefined) return { root, key };
  const folders = root.slice(archive.length + 1).split('/');
  return { root: archive, key: [...folders.map((name) => decoded(uri, name)), key].join('/') };
}

function decoded(uri: string, name: string): string {
  return encodes(uri) ? decodeURIComponent(name) : name;
}
