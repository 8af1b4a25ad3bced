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
  /** SHA-256 of the first 64 KiB, as hex: notices a change that kept size and time. */
  readonly headChecksum: string;
  /** Checksum of all bytes where the store knows it, as `KIND:VALUE`. */
  readonly storeChecksum: string | null;
  /** Options that decide what its rows are (policy, plugins), as JSON. */
  readonly settings: string;
  /** Where its file names are looked up: URI of the store, and prefixes in it. `null`: nowhere. */
  readonly media: { readonly root: string; readonly prefixes: readonly string[] } | null;
  /** Folder of panoptic masks, a prefix in the store of the source. */
  readonly masksPrefix: string | null;
}

/** A source as the catalog knows it. */
export interface KnownSource {
  readonly sourceKey: bigint;
  readonly datasetKey: bigint;
  readonly splitKey: bigint | null;
  readonly version: string;
  readonly sizeBytes: number;
  readonly headChecksum: string | null;
  /**
   * Of the bytes that were read, as `crc32:BYTES:HEX`: of all where the source is done, of its beginning where an
   * attempt ended early in an orderly way. Or what the store knew of all, as `crc32c:BASE64`.
   */
  readonly checksum: string | null;
  readonly settings: string | null;
  readonly state: 'partial' | 'done';
  /** Key of its last run. */
  readonly lastRun: bigint;
  /** Where its pictures were looked up last: root of the store, JSON list of prefixes, folder of masks. */
  readonly place: { readonly root: string | null; readonly prefixes: string | null; readonly masks: string | null };
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

/**
 * What is known of a source before it is read. `replaces`: its earlier version, which stays until this one is whole.
 * `stale`: an attempt at yet another version, which goes with the first commit.
 */
export type SourceStart =
  | { readonly state: 'unchanged'; readonly source: KnownSource }
  | {
      readonly state: 'new' | 'resumed' | 'changed';
      readonly run: RunState;
      readonly replaces: bigint | undefined;
      readonly stale: bigint | undefined;
    };

/** Whether the source as it is now begins with bytes that have this checksum, see {@link KnownSource.checksum}. */
export type BeginsWith = (checksum: string) => Promise<boolean>;

/** Every item of a list with more to it: as many, in the same order. */
export type Each<List extends readonly unknown[], More> = { -readonly [At in keyof List]: List[At] & More };
