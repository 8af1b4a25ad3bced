import { DataVisError, type CallOptions, type Finding, type ObjectStore } from '@datavis/plugin-sdk';
import { FolderCollector, type FolderSummary, type LayoutFile } from './folders.js';
import { layoutOf } from './layout-of.js';
import type { AmbiguousLayout, DatasetLayout } from './layout.js';
import { isRoboflowName, lastPart, skipCode, taskOf } from './names.js';
import { mayBeCoco, SNIFF_BYTES } from './sniff.js';

/** A folder with more JSON files than this is not looked into file by file: the reader refuses what is not COCO. */
const MAX_SNIFFED = 64;

/** An error names this many of the files that were left out. */
const MAX_NAMED = 5;

export interface FindLayoutOptions extends CallOptions {
  /** Look below this key only: `''` (default) or a prefix that ends in `/`. */
  readonly prefix?: string | undefined;
}

/**
 * Finds the annotation files of a dataset and the folders of its pictures, without options, from one listing of the
 * store. Memory follows the number of folders and JSON files, not that of the pictures.
 *
 * @throws `DATAVIS_ENGINE_LAYOUT_NONE` where there is no annotation file, `DATAVIS_ENGINE_LAYOUT_AMBIGUOUS` where the
 * tree can be read in several ways.
 * @example
 * ```ts
 * import { findLayout } from '@datavis/engine';
 * import type { ObjectStore } from '@datavis/plugin-sdk';
 *
 * async function splits(store: ObjectStore): Promise<(string | null)[]> {
 *   return (await findLayout(store)).sources.map((source) => source.split);
 * }
 * ```
 */
export async function findLayout(store: ObjectStore, options: FindLayoutOptions = {}): Promise<DatasetLayout> {
  const { prefix = '', signal } = options;
  const collector = new FolderCollector();
  for await (const entry of store.list(prefix, { signal })) collector.add(entry);
  const findings: Finding[] = [];
  const folders: FolderSummary[] = [];
  for (const folder of collector.folders()) {
    folders.push({ ...folder, json: await keepCoco(store, folder.json, findings, { signal }) });
  }
  const layout = layoutOf(folders, { rootName: lastPart(store.root) });
  if ('ambiguous' in layout) throw ambiguousError(store.root, layout);
  return nonEmpty({ ...layout, findings: [...findings, ...layout.findings] }, `${store.root}/${prefix}`);
}

/** @throws `DATAVIS_ENGINE_LAYOUT_NONE` */
export function nonEmpty(layout: DatasetLayout, place: string): DatasetLayout {
  if (layout.sources.length > 0) return layout;
  const reasons = layout.findings.slice(0, MAX_NAMED).map(({ message }) => message);
  const rest = layout.findings.length - reasons.length;
  if (rest > 0) reasons.push(`and ${rest} more`);
  throw new DataVisError(
    'DATAVIS_ENGINE_LAYOUT_NONE',
    `No annotation file in ${place}${reasons.length === 0 ? '' : `. ${reasons.join('; ')}`}`,
    {
      hint: 'Name the COCO file itself, or the folder that holds it. Other formats (YOLO, VOC) are read by plugins.',
    },
  );
}

async function keepCoco(
  store: ObjectStore,
  files: readonly LayoutFile[],
  findings: Finding[],
  call: CallOptions,
): Promise<readonly LayoutFile[]> {
  if (files.length > MAX_SNIFFED) return files;
  const kept: LayoutFile[] = [];
  for (const file of files) {
    if (await isCandidate(store, file, call)) kept.push(file);
    else {
      const message = `Left out: ${file.key} holds neither images nor annotations`;
      findings.push({ code: 'other-json-skipped', severity: 'info', message, sample: file.key.slice(0, 200) });
    }
  }
  return kept;
}

/** A COCO name is taken at its word, so that a broken file is reported by the reader instead of left out here. */
async function isCandidate(store: ObjectStore, file: LayoutFile, { signal }: CallOptions): Promise<boolean> {
  const name = lastPart(file.key);
  const known = isRoboflowName(name) || taskOf(name) !== null;
  if (known || file.sizeBytes === 0 || skipCode(file.key) !== undefined) return true;
  const head: Uint8Array[] = [];
  for await (const chunk of store.read(file.key, { end: SNIFF_BYTES, version: file.version, signal }))
    head.push(chunk);
  return mayBeCoco(Buffer.concat(head), file.sizeBytes <= SNIFF_BYTES);
}

function ambiguousError(root: string, { ambiguous }: AmbiguousLayout): DataVisError {
  const choices = ambiguous.map(
    ({ kind, root: folder, files }) => `${folder === '' ? './' : folder} (${kind}, ${files.length} files)`,
  );
  return new DataVisError(
    'DATAVIS_ENGINE_LAYOUT_AMBIGUOUS',
    `${root} can be read as ${choices.length} datasets: ${choices.join('; ')}`,
    { hint: 'Name one of these folders, the annotation files one by one, or a glob.' },
  );
}
