import type { CallOptions, ObjectStat, ObjectStore } from './object-store.js';
import type { PluginTable } from './plugin-columns.js';
import type { Awaitable, IngestRun, PluginContext } from './plugin-context.js';
import type { InferOutput, StandardSchema } from './standard-schema.js';

/** A URI scheme. Two plugins with one scheme, or a scheme the host has itself, are an error at load. */
export interface StorageContribution<Config = unknown> {
  /** Without the colon: `s3`, `mem`. */
  readonly scheme: string;
  open(uri: string, context: PluginContext<Config>): Awaitable<ObjectStore>;
}

/** How sure an importer is that a place has its format. */
export interface Detection {
  /** 0 to 1. The highest wins; a tie is an error that names both. */
  readonly confidence: number;
  /** For the user: what made it look like this format. */
  readonly because: string;
}

/** A place that might hold a dataset. */
export interface ImportProbe {
  readonly store: ObjectStore;
  /** Up to 1,000 of its objects, in key order. */
  readonly sample: readonly ObjectStat[];
  /** The first bytes of an object. */
  head(key: string, maxBytes: number): Promise<Uint8Array>;
}

/** A record with the keys of COCO. Other keys are kept. An id may be a number, a bigint or a text. */
export type ImportRecord = Readonly<Record<string, unknown>>;

/**
 * What an importer yields: records of one table, as many as are at hand (about 1,000 is a good size); all chunks of a
 * table follow each other. A text stands for a record that cannot be understood, such as `labels/7.txt:3: no number`: it
 * is counted as refused, with a finding that shows it.
 */
export interface ImportChunk {
  readonly table: PluginTable;
  readonly rows: readonly (ImportRecord | string)[];
}

/** The place that an importer reads. */
export interface ImportSource extends CallOptions {
  readonly store: ObjectStore;
  /** Options of the user for this format. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** Reads another format. The host turns what it yields into the same pipeline that COCO files go through. */
export interface ImporterContribution<Config = unknown> {
  /** Such as `yolo`. */
  readonly format: string;
  readonly description?: string;
  /** Folder below the source that image file names are relative to. Default: the source itself. */
  readonly imageRoot?: string;
  detect?(probe: ImportProbe, context: PluginContext<Config>): Awaitable<Detection | undefined>;
  /** Pull-based: the next chunk is asked for when the last one is stored. */
  read(source: ImportSource, run: IngestRun<Config>): AsyncIterable<ImportChunk>;
}

/** What an operation gets of the host. */
export interface OperationContext<Config = unknown> extends PluginContext<Config> {
  progress(this: void, done: number, total?: number): void;
}

/** One declaration: the command `datavis <namespace> <name>` and `POST /v1/plugins/<namespace>/operations/<name>`. */
export interface Operation<S extends StandardSchema = StandardSchema, Result = unknown, Config = unknown> {
  readonly title: string;
  readonly description?: string;
  readonly input: S;
  /** Names and kinds of the input's fields, for `--help` and the API's description. */
  readonly fields?: Readonly<Record<string, OperationField>>;
  /** True where it changes anything: shown wherever operations are listed. Default false. */
  readonly mutates?: boolean;
  /** The result is JSON. */
  run(input: InferOutput<S>, context: OperationContext<Config>): Awaitable<Result>;
}

/** One field of the input of an operation, for people. */
export interface OperationField {
  readonly type: 'string' | 'number' | 'boolean';
  readonly description?: string;
  readonly required?: boolean;
}

/** A step of the plugin's own schema. Runs once, in order, in a transaction; a changed text is an error. */
export interface Migration {
  /** Such as `001-hashes`. */
  readonly id: string;
  /** SQL; names without a schema mean the plugin's own. */
  readonly up: string;
}

/** Types an operation's `run` by its schema. */
export function defineOperation<S extends StandardSchema, Result, Config = unknown>(
  operation: Operation<S, Result, Config>,
): Operation<S, Result, Config> {
  return operation;
}
