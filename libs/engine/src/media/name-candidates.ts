/**
 * How a `file_name` was read to get a key:
 * - `exact`: as it stands, below one of the folders;
 * - `cleaned`: `\` as `/`, without `./` and `//`, `..` followed inside the root;
 * - `decoded`: `%20` and the like decoded (names that were written as URLs);
 * - `suffix`: the end of an absolute path or URL;
 * - `climbed`: `../` dropped, for a root that was widened to where the name leads.
 */
export type NameReading = 'exact' | 'cleaned' | 'decoded' | 'suffix' | 'climbed';

export interface NameCandidate {
  /** Key in the media store: relative, without `.` and `..`, so it cannot lead out of the root. */
  readonly key: string;
  readonly reading: NameReading;
}

export interface NameCandidates {
  /** Most literal reading first. A literal reading that finds a file rules out all later ones. */
  readonly candidates: readonly NameCandidate[];
  /** Taken at its word, the name leads out of the root (`../x.jpg`, another machine's or bucket's path, a URL). */
  readonly outside: boolean;
}

export interface NameBase {
  /** Folders in which names are looked up, in order: each `''` or a prefix that ends in `/`. */
  readonly prefixes: readonly string[];
  /** URI of the store's root, such as `file:///data/coco` or `gs://bucket/coco`. */
  readonly rootUri: string;
}

/** Parts of a long path that are tried as the end of a key. Deeper trees than this are no dataset's. */
const MAX_SUFFIXES = 16;

/**
 * The keys under which the file of a `file_name` may lie. Nothing is looked up, and no URL is ever fetched: a URL or an
 * absolute path only says which file below the root is meant.
 *
 * @example
 * ```ts
 * import { nameCandidates } from '@datavis/engine';
 *
 * const { candidates } = nameCandidates('.\\day\\a%20b.JPG', { prefixes: ['train/'], rootUri: 'file:///set' });
 * console.log(candidates.map(({ key }) => key));
 * ```
 */
export function nameCandidates(fileName: string, { prefixes, rootUri }: NameBase): NameCandidates {
  const found = new Map<string, NameReading>();
  let outside = false;
  const add = (key: string | null, reading: NameReading): void => {
    if (key === null) outside = true;
    else if (key !== '' && !key.includes('\0') && !found.has(key)) found.set(key, reading);
  };
  const leaves = (): boolean => outside;
  const addBelow = (name: string, reading: NameReading): void => {
    for (const prefix of prefixes) add(cleanKey(prefix + name), reading);
  };

  const path = pathOf(fileName, rootUri);
  if (path.kind === 'relative') {
    for (const prefix of prefixes) if (isCleanKey(prefix + fileName)) add(prefix + fileName, 'exact');
    for (const spelling of spellings(fileName)) addBelow(spelling, 'cleaned');
    for (const spelling of spellings(decoded(fileName))) addBelow(spelling, 'decoded');
    if (leaves()) for (const spelling of spellings(fileName)) addBelow(withoutClimbing(spelling), 'climbed');
  } else {
    if (path.inRoot !== undefined) add(cleanKey(path.inRoot), 'exact');
    else outside = true;
    for (const whole of new Set([decoded(path.path), path.path])) {
      const parts = withoutClimbing(whole)
        .split('/')
        .filter((part) => part !== '' && part !== '.');
      const first = Math.max(0, parts.length - MAX_SUFFIXES);
      for (let at = first; at < parts.length; at += 1) addBelow(parts.slice(at).join('/'), 'suffix');
    }
  }
  return { candidates: [...found].map(([key, reading]) => ({ key, reading })), outside };
}

type NamePath =
  | { readonly kind: 'relative' }
  /** `inRoot`: the rest below the store's root, where the name begins with it. */
  | { readonly kind: 'absolute'; readonly path: string; readonly inRoot?: string };

function pathOf(fileName: string, rootUri: string): NamePath {
  const root = rootUri.endsWith('/') ? rootUri : `${rootUri}/`;
  const url = /^([a-z][a-z0-9+.-]+):\/\/[^/]*(\/.*)?$/is.exec(fileName);
  if (url !== null) {
    // Names in a bucket are opaque, also `#`, `?` and `%`; elsewhere these end or encode the path.
    const opaque = /^(?:gs|s3)$/i.test(url[1] ?? '');
    const path = (url[2] ?? '').replace(opaque ? /$^/ : /[?#].*$/s, '');
    return fileName.startsWith(root)
      ? {
          kind: 'absolute',
          path,
          inRoot: opaque ? fileName.slice(root.length) : decoded(fileName.slice(root.length)),
        }
      : { kind: 'absolute', path };
  }
  const path = fileName.replace(/\\/g, '/');
  if (!/^(?:[a-z]:)?\//i.test(path)) return { kind: 'relative' };
  const rootPath = root.startsWith('file://') ? decoded(root.slice('file://'.length)) : undefined;
  const absolute = path.replace(/^[a-z]:/i, '');
  return rootPath !== undefined && path.startsWith(rootPath)
    ? { kind: 'absolute', path: absolute, inRoot: path.slice(rootPath.length) }
    : { kind: 'absolute', path: absolute };
}

/** With backslashes as they stand (they are legal in names) and as separators. */
function spellings(name: string): string[] {
  return name.includes('\\') ? [name.replace(/\\/g, '/'), name] : [name];
}

function withoutClimbing(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else parts.push(part);
  }
  return parts.join('/');
}

function decoded(text: string): string {
  if (!text.includes('%')) return text;
  try {
    const plain = decodeURIComponent(text);
    return plain.includes('\0') ? text : plain;
  } catch {
    return text;
  }
}

function isCleanKey(key: string): boolean {
  return key !== '' && key.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
}

/** Follows `.` and `..` by name only; `null` where the path leaves the root on its way. */
function cleanKey(path: string): string | null {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.pop() === undefined) return null;
  }
  return parts.join('/');
}
