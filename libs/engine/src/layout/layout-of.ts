import type { Finding } from '@datavis/plugin-sdk';
import type { FolderSummary, LayoutFile } from './folders.js';
import type { AmbiguousLayout, DatasetLayout, LayoutChoice, LayoutKind, LayoutSource } from './layout.js';
import { annotationRoot, masksOf, mediaFolder, pictureFolders } from './media-folders.js';
import {
  folderOf,
  isRoboflowName,
  isSplitName,
  lastPart,
  parentOf,
  skipCode,
  splitOfName,
  taskOf,
} from './names.js';

/** A folder with more annotation files than this holds one file an image: their names state no split. */
const MAX_NAMED_SPLITS = 16;

export interface LayoutOptions {
  /** Every JSON file is a source of one dataset, wherever it lies: the caller named them, one by one or by a glob. */
  readonly chosen?: boolean;
  /** Name of the store's root folder: states the split where the root is a split's folder. */
  readonly rootName?: string;
}

interface Placed {
  readonly file: LayoutFile;
  readonly kind: LayoutKind;
  readonly root: string;
  readonly split: string | null;
}

/**
 * Reads a dataset's layout off the names in its folders. Nothing is guessed: where the tree can be read in two ways,
 * the answer holds all of them.
 */
export function layoutOf(
  folders: readonly FolderSummary[],
  { chosen = false, rootName = '' }: LayoutOptions = {},
): DatasetLayout | AmbiguousLayout {
  const findings: Finding[] = [];
  const files = folders.flatMap(({ json }) => json).filter((file) => isKept(file, findings));
  const masks = new Set(files.map(({ key }) => masksOf(key, folders)).filter((path) => path !== null));
  const pictures = pictureFolders(folders, masks);
  const pictureNames = [...pictures].map(lastPart);
  const crowded = crowdedFolders(files);
  const placed = files.map((file) => place(file, { pictureNames, crowded, rootName }));

  const choices = choicesOf(placed);
  if (choices.length > 1 && !chosen) return { ambiguous: choices, findings };

  const root = commonRoot(placed.map((item) => item.root));
  const sources = placed.map(({ file, kind, split }): LayoutSource => {
    const media = mediaFolder({ key: file.key, root, split }, folders, pictures);
    if (media.finding !== undefined) findings.push(media.finding);
    const prefixes = pictures.size === 0 ? [] : [media.folder ?? root, root, folderOf(file.key)];
    return {
      ...file,
      kind,
      root,
      split,
      task: taskOf(file.key),
      mediaPrefixes: media.finding === undefined ? [...new Set(prefixes)] : [],
      masksPrefix: masksOf(file.key, folders),
    };
  });
  return { sources: sources.sort((a, b) => (a.key < b.key ? -1 : 1)), findings };
}

function isKept(file: LayoutFile, findings: Finding[]): boolean {
  const code = skipCode(file.key) ?? (file.sizeBytes === 0 ? 'empty-file-skipped' : undefined);
  if (code === undefined) return true;
  findings.push({ code, severity: 'info', message: `Left out: ${file.key}`, sample: file.key.slice(0, 200) });
  return false;
}

function crowdedFolders(files: readonly LayoutFile[]): ReadonlySet<string> {
  const counts = new Map<string, number>();
  for (const { key } of files) counts.set(folderOf(key), (counts.get(folderOf(key)) ?? 0) + 1);
  return new Set([...counts].filter(([, count]) => count > MAX_NAMED_SPLITS).map(([folder]) => folder));
}

interface Surroundings {
  readonly pictureNames: readonly string[];
  readonly crowded: ReadonlySet<string>;
  readonly rootName: string;
}

function place(file: LayoutFile, { pictureNames, crowded, rootName }: Surroundings): Placed {
  const folder = folderOf(file.key);
  const name = folder === '' ? rootName : lastPart(folder);
  const inSplit = isSplitName(name);
  const named = crowded.has(folder) ? null : splitOfName(file.key, pictureNames);
  const roboflow = isRoboflowName(lastPart(file.key));
  const root = annotationRoot(folder);
  if (!roboflow && root !== null) return { file, kind: 'coco', root, split: inSplit ? name : named };
  return {
    file,
    kind: roboflow ? 'roboflow' : 'flat',
    root: inSplit ? parentOf(folder) : folder,
    split: inSplit ? name : roboflow ? null : named,
  };
}

function choicesOf(placed: readonly Placed[]): LayoutChoice[] {
  const choices = new Map<string, { kind: LayoutKind; root: string; files: string[] }>();
  for (const { file, kind, root } of placed) {
    const key = `${kind}:${root}`;
    const choice = choices.get(key);
    if (choice === undefined) choices.set(key, { kind, root, files: [file.key] });
    else choice.files.push(file.key);
  }
  return [...choices.values()];
}

/** The deepest folder that all roots lie in. */
function commonRoot(roots: readonly string[]): string {
  let common = roots[0] ?? '';
  for (const root of roots) while (!root.startsWith(common)) common = parentOf(common);
  return common;
}
