import type { ObjectEntry, ObjectStat } from '@datavis/plugin-sdk';
import { folderOf, isImageName, isJsonName } from './names.js';

/** A file that may hold annotations. */
export interface LayoutFile {
  readonly key: string;
  readonly sizeBytes: number;
  /** Version as its store states it. */
  readonly version: string;
}

/** What lies directly in one folder: all its JSON files, and how many images. */
export interface FolderSummary {
  /** `''` for the store's root, else a prefix that ends in `/`. */
  readonly path: string;
  readonly json: readonly LayoutFile[];
  readonly images: number;
}

/** Collects a listing into one summary a folder, so that memory follows the folders, not the images. */
export class FolderCollector {
  readonly #folders = new Map<string, { path: string; json: LayoutFile[]; images: number }>();

  add(entry: ObjectEntry): void {
    if (entry.kind !== 'object') return;
    if (isImageName(entry.key)) this.#folderOf(entry.key).images += 1;
    else if (isJsonName(entry.key)) this.addJson(entry);
  }

  /** Takes a file for JSON whatever its name is. */
  addJson({ key, size, version }: ObjectStat): void {
    this.#folderOf(key).json.push({ key, sizeBytes: size, version });
  }

  folders(): FolderSummary[] {
    return [...this.#folders.values()];
  }

  #folderOf(key: string): { path: string; json: LayoutFile[]; images: number } {
    const path = folderOf(key);
    let folder = this.#folders.get(path);
    if (folder === undefined) this.#folders.set(path, (folder = { path, json: [], images: 0 }));
    return folder;
  }
}
