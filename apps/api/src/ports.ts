import type { CallOptions, Thumbnail, ThumbnailFormat, ThumbnailOptions } from '@datavis/plugin-sdk';
import type { ImportProgress, ImportRequest, ImportResult } from './jobs/job.js';

/** Where the picture of an image lies, as the catalog knows it. */
export interface MediaRow {
  /** Decimal text of the image's row key. */
  readonly imageKey: string;
  /** Undefined where the file was missing at import. */
  readonly uri: string | undefined;
}

/** A file as it is now; `read` is pinned to the version seen. */
export interface Picture {
  /** Changes whenever the bytes may have changed. */
  readonly identity: string;
  readonly uri: string;
  readonly sizeBytes: number;
  readonly modifiedMs?: number | undefined;
  read(options: CallOptions & { readonly start?: number; readonly end?: number }): AsyncIterable<Uint8Array>;
}

export interface MediaPort {
  locate(dataset: string, imageKeys: readonly string[]): Promise<ReadonlyMap<string, MediaRow>>;
  /** Asks the store for the present version; undefined where the file is missing. */
  open(row: MediaRow): Promise<Picture | undefined>;
  /** Content type by the first bytes; `application/octet-stream` for what is no known picture. */
  sniff(picture: Picture): Promise<string>;
}

/** `Thumbnailer` of @datavis/thumbs fits. */
export interface ThumbnailPort {
  readonly formats: readonly ThumbnailFormat[];
  key(identity: string, options: Partial<ThumbnailOptions>): string;
  get(picture: Picture, options: Partial<ThumbnailOptions>, call?: CallOptions): Promise<Thumbnail>;
}

/** `engine.import`: an equal request continues an interrupted import and changes nothing after a complete one. */
export interface ImportPort {
  import(
    request: ImportRequest,
    options: CallOptions & { readonly onProgress?: (progress: ImportProgress) => void },
  ): Promise<ImportResult>;
}

export interface PluginInfo {
  readonly name: string;
  readonly namespace: string;
  readonly state: string;
  readonly error?: string | undefined;
}

export interface OperationInfo {
  readonly plugin: string;
  readonly name: string;
  readonly title: string;
  readonly description: string | undefined;
  readonly mutates: boolean;
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface PluginPort {
  list(): readonly PluginInfo[];
  operations(): readonly OperationInfo[];
  run(namespace: string, operation: string, input: unknown, call: CallOptions): Promise<unknown>;
}

/** What the API needs of an engine. Structural: `createEngine` of @datavis/engine fits. */
export interface ApiEngine {
  /** Rejects when the database does not answer. */
  ping(): Promise<void>;
  readonly media: MediaPort;
  readonly thumbnails: ThumbnailPort;
  readonly imports: ImportPort;
  readonly plugins: PluginPort;
}
