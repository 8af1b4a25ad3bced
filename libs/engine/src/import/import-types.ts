import type { Finding, FindingPolicy, PolicyName } from '@datavis/plugin-sdk';
import type { Difference, SourceSpec } from '@datavis/storage';
import type { LocatedSource } from '../layout/locate.js';
import type { ImagePassResult } from '../plugins/index.js';

export interface ImportRequest {
  /** Folders, annotation files, archives, globs: paths or URIs. */
  readonly sources: readonly string[];
  /** Default: the name of the dataset's folder. */
  readonly dataset?: string | undefined;
  /** Default: by the layout. */
  readonly split?: string | undefined;
  /** Where the pictures lie. Default: by the layout. */
  readonly images?: string | undefined;
  /** Whether pictures are looked up. Default true. */
  readonly media?: boolean | undefined;
  /** Another format, read by an importer of a plugin; `auto` asks all of them. Default: COCO. */
  readonly format?: string | undefined;
  /** What the importer of {@link format} takes. */
  readonly formatOptions?: Readonly<Record<string, unknown>> | undefined;
  /** Default `tolerant`. */
  readonly policy?: PolicyName | FindingPolicy | undefined;
}

export interface ImportProgress {
  /** URI of the annotation file being read, and its number among all, from 1. */
  readonly uri: string;
  readonly source: number;
  readonly sources: number;
  /**
   * `read`: bytes become rows. `link`: rows are joined to the dataset. `media`: pictures are looked up.
   * `pictures`: pictures are decoded for plugins.
   */
  readonly phase: 'read' | 'link' | 'media' | 'pictures';
  /** Over all annotation files. */
  readonly bytesRead: number;
  readonly bytesTotal: number | null;
  /** Records so far, by section. */
  readonly read: Readonly<Record<string, number>>;
  readonly elapsedMs: number;
  readonly bytesPerSecond: number;
  /** Undefined before the rate is known. */
  readonly etaMs: number | undefined;
  /** In the phases `media` and `pictures`: pictures looked up or shown, of how many. */
  readonly media?: { readonly images: number; readonly of: number };
}

/** An annotation file, and what it is now. */
export interface PlannedSource {
  readonly source: LocatedSource;
  readonly spec: SourceSpec;
}

export type Counts = Readonly<Record<string, number>>;

/** What became of one annotation file. */
export interface SourceResult {
  readonly uri: string;
  readonly split: string | null;
  readonly state: 'imported' | 'resumed' | 'unchanged' | 'changed';
  readonly run: number;
  readonly newImages: number;
  readonly newCategories: number;
  /** `changed` only: records added, removed and changed against the earlier version, by table. */
  readonly difference?: Difference | undefined;
}

/** `read = imported + refused`, by section, summed over the annotation files that were read. */
export interface ImportResult {
  readonly dataset: string;
  /** Key of the last run. */
  readonly run: number;
  readonly read: Counts;
  readonly imported: Counts;
  readonly refused: Counts;
  /**
   * Rows of the dataset after the import. Less than was imported where several files speak of one image or category:
   * each is one row.
   */
  readonly datasetRows: Counts;
  /** Exact numbers by code. */
  readonly findings: Counts;
  readonly elapsedMs: number;
  readonly sources: readonly SourceResult[];
  /** Findings about the folder: files left out, ambiguous places. */
  readonly layoutFindings: readonly Finding[];
  /** Listed pictures by whether there is a file, and files that nothing lists. Absent where nothing was looked up. */
  readonly media?: { readonly found: number; readonly missing: number; readonly unlisted: number };
  /** Pictures shown to plugins by this import. Absent where no plugin wants to see any. */
  readonly shown?: ImagePassResult;
}
