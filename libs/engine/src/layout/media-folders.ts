import type { Finding } from '@datavis/plugin-sdk';
import type { FolderSummary } from './folders.js';
import { folderOf, isSplitName, parentOf, splitWord, stemOf } from './names.js';

/** Names of folders that only say "here are pictures". */
const neutral = /^(?:images?|imgs?|data|jpegimages|photos?|pictures?|frames|samples)$/i;
const annotationFolder = /^annotations?$/i;

/** Folder that `annotations/` lies in, for a folder that is it or lies below it; else `null`. */
export function annotationRoot(folder: string): string | null {
  const parts = folder.split('/');
  const at = parts.findIndex((part) => annotationFolder.test(part));
  return at === -1
    ? null
    : parts
        .slice(0, at)
        .map((part) => `${part}/`)
        .join('');
}

/** Every folder that holds pictures, itself or below, without those that hold masks. */
export function pictureFolders(folders: readonly FolderSummary[], masks: ReadonlySet<string>): Set<string> {
  const found = new Set<string>();
  for (const { path, images } of folders) {
    if (images === 0 || masks.has(path) || annotationRoot(path) !== null) continue;
    for (let folder = path; ; folder = parentOf(folder)) {
      found.add(folder);
      if (folder === '') break;
    }
  }
  return found;
}

/** Folder of a panoptic file's masks: named like the file, beside it or beside the annotation folder. */
export function masksOf(key: string, folders: readonly FolderSummary[]): string | null {
  const folder = folderOf(key);
  const places = [`${folder}${stemOf(key)}/`, `${parentOf(folder)}${stemOf(key)}/`];
  return places.find((place) => folders.some(({ path, images }) => path === place && images > 0)) ?? null;
}

export interface MediaQuestion {
  readonly key: string;
  readonly root: string;
  readonly split: string | null;
}

/**
 * The folder in which the pictures of an annotation file are. Each step takes the only folder that fits; two that fit
 * are reported and none is taken.
 */
export function mediaFolder(
  { key, root, split }: MediaQuestion,
  folders: readonly FolderSummary[],
  pictures: ReadonlySet<string>,
): { readonly folder: string | null; readonly finding?: Finding } {
  const direct = new Set(folders.filter(({ images }) => images > 0).map(({ path }) => path));
  const own = folderOf(key);
  if (annotationRoot(own) === null && direct.has(own)) return { folder: own };

  const below = [...pictures].filter((path) => path.startsWith(root)).map((path) => path.slice(root.length));
  const named = (fits: (part: string) => boolean): string[] =>
    topmost(
      below.filter((path) => {
        const parts = path.split('/').slice(0, -1);
        return parts.filter(fits).length === 1 && parts.every((part) => fits(part) || neutral.test(part));
      }),
      (path) => direct.has(root + path),
    );
  const word = split === null ? undefined : splitWord(split);
  const steps: (() => string[])[] = [
    ...(split === null
      ? []
      : [
          () => named((part) => part === split),
          () => named((part) => isSplitName(part) && splitWord(part) === word),
        ]),
    () => named((part) => neutral.test(part)),
    () => (direct.has(root) ? [''] : []),
    () =>
      topmost(
        below.filter((path) => path !== ''),
        () => true,
      ),
  ];
  for (const [step, find] of steps.entries()) {
    const found = find();
    if (found.length === 1) return { folder: root + (found[0] ?? '') };
    // Several unrelated folders at the last step are the subfolders that the names themselves will state.
    if (found.length > 1 && step < steps.length - 1) return { folder: null, finding: ambiguous(key, root, found) };
  }
  return { folder: null };
}

/** Of nested folders the one that holds pictures itself, else the uppermost. */
function topmost(paths: readonly string[], holdsPictures: (path: string) => boolean): string[] {
  const holding = paths.filter(holdsPictures);
  const from = holding.length > 0 ? holding : paths;
  return from.filter((path) => !from.some((other) => other !== path && path.startsWith(other)));
}

function ambiguous(key: string, root: string, found: readonly string[]): Finding {
  const names = found.map((path) => root + path).sort();
  return {
    code: 'media-folder-ambiguous',
    severity: 'warning',
    message: `Pictures of ${key} may be in ${names.join(' or ')}: none was taken, name the folder`,
    sample: names.join(' | ').slice(0, 200),
  };
}
