import type { RecordFilter } from '@datavis/storage';

/** `lake`: Parquet with images and annotations in Hive partitions by dataset and split. */
export type ExportFormat = 'coco' | 'yolo' | 'parquet' | 'lake';

export interface ExportRequest {
  readonly dataset: string;
  /** Default `coco`. */
  readonly format?: ExportFormat | undefined;
  /** YOLO: boxes or outlines. Default `detect`. */
  readonly task?: 'detect' | 'segment' | undefined;
  /** Where to: a file (COCO, one source only), else a folder or prefix; a path or URI. */
  readonly out: string;
  /** Only the sources of this split. Default: all. */
  readonly split?: string | undefined;
  /**
   * COCO only: one file of all chosen sources instead of one for each. `renumber` gives images, annotations and
   * categories new ids from 1; `keep` keeps those of the sources, and is an error where two records have one id.
   * Default: the files as they came.
   */
  readonly merge?: 'renumber' | 'keep' | undefined;
  /** Only the images that match, and of these the annotations that match. Categories and other sections stay whole. */
  readonly filter?: RecordFilter | undefined;
}

export interface ExportedFile {
  readonly uri: string;
  readonly bytes: number;
}

export interface ExportResult {
  readonly dataset: string;
  readonly format: ExportFormat;
  readonly files: readonly ExportedFile[];
  readonly bytes: number;
  readonly elapsedMs: number;
  /** What the format cannot hold and was left out, with numbers. Empty for `coco` without `merge`. */
  readonly leftOut: Readonly<Record<string, number>>;
}

export interface ExportProgress {
  /** Files written to their end. */
  readonly files: number;
  /** Bytes made so far, of files under way too. */
  readonly bytes: number;
  /** Records of COCO files so far; 0 for other formats. */
  readonly records: number;
  /** How many it will be; unknown for a part, a merged file and other formats. */
  readonly recordsTotal: number | undefined;
}
