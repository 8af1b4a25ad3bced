import type { InputPlace } from './errors.js';
import type { Batch } from './plugin-batch.js';
import type { ColumnDeclarations, DeclaredColumns, OutputRow } from './plugin-columns.js';
import type { Awaitable, Disposer, IngestRun, Nothing, PluginContext } from './plugin-context.js';

/** An image whose pixels are at hand. Decoded once, however many plugins look. */
export interface DecodedImage {
  /** Source id; `null` where it is a text or absent. */
  readonly id: bigint | null;
  readonly idText: string | null;
  readonly fileName: string;
  /** Where the bytes were read. */
  readonly uri: string;
  /** Size of the stored picture in pixels. */
  readonly widthPx: number;
  readonly heightPx: number;
  /** Interleaved 8-bit RGB, upright as stored, longer side at most 256 pixels. Valid until the hook settles. */
  readonly rgb: { readonly data: Uint8Array; readonly widthPx: number; readonly heightPx: number };
  /** Bytes of the stored file. */
  readonly file: Uint8Array;
}

/** Counts of one import, as `onIngestEnd` gets them: `read = imported + refused` by table. */
export interface RunSummary {
  readonly read: Readonly<Record<string, number>>;
  readonly imported: Readonly<Record<string, number>>;
  readonly refused: Readonly<Record<string, number>>;
  /** Rows dropped by plugins, by `<namespace>/<reason>`. */
  readonly dropped: Readonly<Record<string, number>>;
  readonly elapsedMs: number;
}

/** Why a hook failed. Tell errors apart by `code`, never by `instanceof`. */
export interface PluginFailure extends Error {
  readonly code: string;
  readonly plugin?: string;
  readonly hook?: string;
  /** First and last row (index in the section) of the batch that was being worked on. */
  readonly rows?: readonly [from: number, to: number];
  readonly place?: InputPlace | undefined;
}

/** Hooks of one import. All are methods, all optional: the host calls only what is there. */
export interface RunHooks<Config = unknown, D extends ColumnDeclarations = ColumnDeclarations> {
  /** Each batch of categories, in source order. */
  onCategories?(
    batch: Batch<'categories', DeclaredColumns<D, 'categories'>>,
    run: IngestRun<Config>,
  ): Awaitable<void>;
  /** Each batch of images, in source order. A row that is dropped takes its annotations along. */
  onImages?(batch: Batch<'images', DeclaredColumns<D, 'images'>>, run: IngestRun<Config>): Awaitable<void>;
  /** Each batch of annotations, in source order: the hot path. */
  onAnnotations?(
    batch: Batch<'annotations', DeclaredColumns<D, 'annotations'>>,
    run: IngestRun<Config>,
  ): Awaitable<void>;
  /** Values for the plugin's columns of `images`. Several may be under way at once, in any order. */
  onImageDecoded?(
    image: DecodedImage,
    run: IngestRun<Config>,
  ): Awaitable<OutputRow<DeclaredColumns<D, 'images'>> | Nothing>;
  /** After the last commit. A throw is reported and changes nothing. */
  onIngestEnd?(summary: RunSummary, run: IngestRun<Config>): Awaitable<void>;
  /** After the rollback. A throw is reported and changes nothing. */
  onIngestError?(error: PluginFailure, run: IngestRun<Config>): Awaitable<void>;
}

/** All hooks: those of a host, and those of each import. */
export interface PluginHooks<Config = unknown, D extends ColumnDeclarations = ColumnDeclarations> extends RunHooks<
  Config,
  D
> {
  /** Once a host, before the first use. A throw quarantines the plugin (or ends the host, where it is required). */
  setup?(context: PluginContext<Config>): Awaitable<Disposer | Nothing>;
  /** Start of one import. Return hooks that close over the state of this run; they replace those of the plugin. */
  onIngestStart?(run: IngestRun<Config>): Awaitable<RunHooks<Config, D> | Nothing>;
}

/** Names of all hooks. */
export type HookName = keyof PluginHooks;

/** What a hook is for. */
export interface HookInfo {
  /** `transform` changes data, so a throw follows `onFailure`; `observe` is isolated; `lifecycle` is setup and start. */
  readonly kind: 'lifecycle' | 'transform' | 'observe';
  readonly when: string;
}

/** Every hook of this version, for hosts, docs and test kits. */
export const HOOKS: Readonly<Record<HookName, HookInfo>> = {
  setup: { kind: 'lifecycle', when: 'once a host, before the first use' },
  onIngestStart: { kind: 'lifecycle', when: 'start of each import' },
  onCategories: { kind: 'transform', when: 'each batch of categories, in source order' },
  onImages: { kind: 'transform', when: 'each batch of images, in source order' },
  onAnnotations: { kind: 'transform', when: 'each batch of annotations, in source order' },
  onImageDecoded: { kind: 'transform', when: 'each decoded image, several at once' },
  onIngestEnd: { kind: 'observe', when: 'after the last commit' },
  onIngestError: { kind: 'observe', when: 'after a failed import' },
};
