/** What file and folder names say about a dataset. Names are looked at, never changed. */

const imageName = /\.(?:jpe?g|jpe|jfif|png|webp|gif|bmp|dib|tiff?|avif|heic|heif|jp2|ppm|pgm|pbm)$/i;

export function isImageName(key: string): boolean {
  return imageName.test(key);
}

export function isJsonName(key: string): boolean {
  return /\.json$/i.test(key);
}

/** Roboflow writes one file of this name into every split's folder. */
export function isRoboflowName(name: string): boolean {
  return /^_annotations\.coco(?:[-.\w]*)?\.json$/i.test(name);
}

/** Why a JSON name is never an annotation file, as a finding code; `undefined` for any other name. */
export function skipCode(key: string): 'lock-file-skipped' | 'hidden-file-skipped' | undefined {
  const parts = key.split('/');
  const name = parts.at(-1) ?? '';
  // Office and LibreOffice keep these beside a file that is open; they carry its extension.
  if (name.startsWith('~$') || name.startsWith('.~lock.')) return 'lock-file-skipped';
  // `._x` and __MACOSX hold what macOS keeps beside a file on a foreign disk or in a zip.
  if (parts.some((part) => part.startsWith('.') || part === '__MACOSX')) return 'hidden-file-skipped';
  return undefined;
}

/** `a/b/` of `a/b/c.json`; `''` at the top. */
export function folderOf(key: string): string {
  return key.slice(0, key.lastIndexOf('/') + 1);
}

/** `b` of `a/b/`, `c.json` of `a/c.json`. */
export function lastPart(key: string): string {
  return key.replace(/\/$/, '').split('/').at(-1) ?? '';
}

/** Folder above a folder: `a/` of `a/b/`. */
export function parentOf(folder: string): string {
  return folderOf(folder.replace(/\/$/, ''));
}

export function stemOf(key: string): string {
  return lastPart(key).replace(/\.[^.]*$/, '');
}

const words = 'trainval|training|train|validation|valid|minival|val|testing|test|unlabell?ed|holdout|eval|dev';
const splitToken = `(?:${words})(?:[-_]?(?:dev|challenge|std))?(?:[-_]?(?:19|20)\\d\\d)?`;
const wholeSplit = new RegExp(`^${splitToken}$`, 'i');
const splitInside = new RegExp(`(?:^|[-_. ])(${splitToken})(?=$|[-_. ])`, 'i');
const synonyms: Readonly<Record<string, string>> = {
  training: 'train',
  validation: 'val',
  valid: 'val',
  testing: 'test',
  unlabelled: 'unlabeled',
};

/** Whether a folder's name is that of a split: `train`, `val2017`, `test-dev2017`. */
export function isSplitName(name: string): boolean {
  return wholeSplit.test(name);
}

/** `val` for `valid`, `validation`, `val2017`: what two spellings of a split have in common. */
export function splitWord(split: string): string {
  const word = new RegExp(`^(?:${words})`, 'i').exec(split)?.[0].toLowerCase() ?? split.toLowerCase();
  return synonyms[word] ?? word;
}

const taskName =
  /^(instances|captions|person_keypoints|keypoints|panoptic|stuff|image_info|labels|densepose|lvis)(?:_v\d(?:\.\d+)?)?[-_]/i;

/** `instances` of `instances_train2017.json`, where the name begins with a task that COCO or a peer writes. */
export function taskOf(key: string): string | null {
  return taskName.exec(lastPart(key))?.[1]?.toLowerCase() ?? null;
}

/**
 * The split that an annotation file's name states: `train2017` of `instances_train2017.json`, `val` of `my_val.json`.
 * A name that ends in the name of an image folder (`cars_berlin.json` beside `berlin/`) states that one.
 */
export function splitOfName(key: string, imageFolders: readonly string[]): string | null {
  const stem = stemOf(key);
  const folder = imageFolders
    .filter((name) => name !== '' && (stem === name || new RegExp(`[-_. ]${escape(name)}$`).test(stem)))
    .sort((a, b) => b.length - a.length)[0];
  if (folder !== undefined) return folder;
  const token = splitInside.exec(stem)?.[1];
  if (token !== undefined) return token;
  const rest = stem.replace(taskName, '');
  // CVAT and Datumaro call the subset of a dataset without subsets `default`.
  return taskOf(key) === null || rest === '' || rest === 'default' ? null : rest;
}

function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
