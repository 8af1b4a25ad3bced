import type { CocoCursor } from '@datavis/plugin-sdk';

/** One annotation file that is to be imported. */
export interface SourceSpec {
  readonly dataset: string;
  /** Folder of the dataset as a URI. */
  readonly rootUri: string;
  readonly split: string | null;
  readonly uri: string;
  /** `instances`, `captions`, … where the file's name states it. */
  readonly kind: string | null;
  /** Of the object store: changes whenever the bytes may have changed. */
  readonly version: string;
  readonly sizeBytes: number;
}

/** A source as the catalog knows it. */
export interface KnownSource {
  readonly sourceKey: bigint;
  readonly datasetKey: bigint;
  readonly splitKey: bigint | null;
  readonly version: string;
  readonly sizeBytes: number;
  readonly state: 'partial' | 'done';
}

/** An import of one source, new or taken up again. */
export interface RunState {
  readonly runKey: bigint;
  readonly sourceKey: bigint;
  readonly datasetKey: bigint;
  readonly splitKey: bigint | null;
  /** Where to go on; undefined at the start. */
  readonly cursor: CocoCursor | undefined;
  /** Of the first attempt. */
  readonly startedAt: Date;
  /** True where the rows of dataset, split, source and run are in the database already. */
  readonly stored: boolean;
}

/** What is known of a source before it is read. */
export type SourceStart =
  | { readonly state: 'unchanged'; readonly source: KnownSource; readonly runKey: bigint }
  | { readonly state: 'new' | 'resumed'; readonly run: RunState }
  | { readonly state: 'changed'; readonly run: RunState; readonly previous: KnownSource };
