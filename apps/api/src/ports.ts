import type { CallOptions, Thumbnail, ThumbnailFormat, ThumbnailOptions } from '@datavis/plugin-sdk';
import type {
  Drawing,
  DuplicateReport,
  ExportRequest,
  ImportProgress,
  ImportRequest,
  ImportResult,
  MediaFile,
  MediaRef,
  OpenExport,
  SnapshotFolder,
  VerifyOptions,
  VerifyRequest,
  VerifyResult,
} from '@datavis/engine';
import type { CatalogReader } from '@datavis/storage';

/** `MediaReader` of @datavis/engine fits. */
export interface MediaPort {
  locate(dataset: string, imageKeys: readonly string[]): Promise<ReadonlyMap<string, MediaRef>>;
  open(ref: MediaRef): Promise<MediaFile | undefined>;
  clear(): Promise<void>;
}

/** `Thumbnailer` of @datavis/thumbs fits. */
export interface ThumbnailPort {
  readonly formats: readonly ThumbnailFormat[];
  key(identity: string, options: Partial<ThumbnailOptions>): string;
  /** The thumbnail of a key, where it is at hand without waiting. */
  peek(key: string): Thumbnail | undefined;
  /** `backfill`: after all that somebody waits for. */
  get(
    source: MediaFile,
    options: Partial<ThumbnailOptions>,
    call?: CallOptions & { readonly priority?: 'backfill' },
  ): Promise<Thumbnail>;
}

/** `engine.import`: an equal request continues an interrupted import and changes nothing after a complete one. */
export interface ImportPort {
  import(
    request: ImportRequest,
    options: CallOptions & { readonly onProgress?: (progress: ImportProgress) => void },
  ): Promise<ImportResult>;
}

/** `engine.openExport`. */
export interface ExportPort {
  openExport(request: Omit<ExportRequest, 'out'>, call: CallOptions): Promise<OpenExport>;
}

/** Questions about a dataset as a whole: `Engine` fits. */
export interface CheckPort {
  verify(request: VerifyRequest, call: VerifyOptions): Promise<VerifyResult>;
  duplicates(dataset: string, call: CallOptions): Promise<DuplicateReport>;
}

export interface PluginInfo {
  readonly name: string;
  readonly namespace: string;
  readonly version: string;
  /** Formats that it reads, for imports. */
  readonly formats: readonly string[];
  /** Schemes of the places that it opens. */
  readonly schemes: readonly string[];
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

/** What the API is made over. Structural, so that another program can serve its own parts. */
export interface ApiEngine {
  readonly catalog: CatalogReader;
  readonly media: MediaPort;
  readonly thumbnails: ThumbnailPort;
  readonly drawing: Drawing;
  readonly imports: ImportPort;
  readonly exports: ExportPort;
  readonly checks: CheckPort;
  readonly snapshots: SnapshotFolder;
  readonly plugins: PluginPort;
}
