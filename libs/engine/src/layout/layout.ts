import type { Finding } from '@datavis/plugin-sdk';
import type { LayoutFile } from './folders.js';

/**
 * - `coco`: `annotations/instances_SPLIT.json`, pictures in `SPLIT/`, `images/SPLIT/` or one folder for all;
 * - `roboflow`: `SPLIT/_annotations.coco.json` among the split's pictures;
 * - `flat`: annotation files in the dataset's folder or one folder a split, pictures beside them or below.
 */
export type LayoutKind = 'coco' | 'roboflow' | 'flat';

/** One annotation file, and where its pictures are. */
export interface LayoutSource extends LayoutFile {
  readonly kind: LayoutKind;
  /** Folder of the dataset: `''` or a prefix that ends in `/`. */
  readonly root: string;
  /** As its folder or name spells it; `null` where nothing states one. */
  readonly split: string | null;
  /** `instances`, `captions`, … where the name states it. What the file holds is told by its content alone. */
  readonly task: string | null;
  /**
   * Where a `file_name` is looked up, in this order: the folder found for the pictures, the dataset's folder, the
   * annotation file's own. Empty where the store holds no pictures (annotations only).
   */
  readonly mediaPrefixes: readonly string[];
  /** Folder of the PNG masks that a panoptic file names. */
  readonly masksPrefix: string | null;
}

export interface DatasetLayout {
  /** Ordered by key. */
  readonly sources: readonly LayoutSource[];
  /** Files that were left out and folders that stayed ambiguous. */
  readonly findings: readonly Finding[];
}

/** Several readings of one tree: the caller has to choose. */
export interface AmbiguousLayout {
  readonly ambiguous: readonly LayoutChoice[];
  readonly findings: readonly Finding[];
}

export interface LayoutChoice {
  readonly kind: LayoutKind;
  readonly root: string;
  readonly files: readonly string[];
}
