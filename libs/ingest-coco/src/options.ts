import type { CocoCursor, FindingPolicy, PolicyName } from '@datavis/plugin-sdk';
import { MAX_BATCH_ROWS } from '@datavis/plugin-sdk';
import type { MemoryPool } from './columns/memory-pool.js';
import type { CocoEngineFactory } from './engine.js';
import { IngestError } from './errors.js';

/** Options of `readCoco`. */
export interface ReadCocoOptions {
  /** Ends the read: the loop rejects with the signal's reason, the source is released. */
  readonly signal?: AbortSignal | undefined;
  /** Goes on behind the record where this cursor was taken. */
  readonly from?: CocoCursor | undefined;
  /** What happens to records with findings. Default `tolerant`. */
  readonly policy?: PolicyName | FindingPolicy | undefined;
  /** Most rows of a batch, 1 to 2,048. Default 2,048. */
  readonly batchRows?: number | undefined;
  /** Largest record, or top-level value such as `info`, in bytes. Default 64 MiB. */
  readonly maxRecordBytes?: number | undefined;
  /** Deepest nesting inside a record. Default 512. */
  readonly maxDepth?: number | undefined;
  /** Findings of each code that are handed out in full; all are counted. Default 100. */
  readonly maxSamples?: number | undefined;
  /**
   * Each batch takes the memory of the one before, so it may be looked at only until the next is asked for. Saves the
   * collector's work and some memory. Default false: a batch is the caller's to keep.
   */
  readonly reuseMemory?: boolean | undefined;
  /** Parses the bytes. Default: the byte scanner; `clarinetEngine` is the other. Not for a worker. */
  readonly engine?: CocoEngineFactory | undefined;
  /** Bytes gathered before parsing goes on. Default 256 KiB; less costs speed. */
  readonly readAheadBytes?: number | undefined;
}

/** The options with their defaults, as engines take them. */
export interface ReadOptions {
  readonly from: CocoCursor | undefined;
  readonly policy: FindingPolicy;
  readonly batchRows: number;
  readonly maxRecordBytes: number;
  readonly maxDepth: number;
  readonly maxSamples: number;
  readonly readAheadBytes: number;
  readonly reuseMemory: boolean;
  /** Where the memory of batches is taken from. */
  readonly memory: MemoryPool;
  /** Version of the source, as it goes into cursors. */
  readonly sourceVersion: string | undefined;
}

const MIB = 1 << 20;

export function resolveOptions(
  options: ReadCocoOptions,
  sourceVersion: string | undefined,
  memory: MemoryPool,
): ReadOptions {
  const { from, policy = 'tolerant' } = options;
  if (from !== undefined) checkCursor(from, sourceVersion);
  return {
    from,
    policy: typeof policy === 'string' ? { base: policy } : policy,
    batchRows: within('batchRows', options.batchRows ?? MAX_BATCH_ROWS, 1, MAX_BATCH_ROWS),
    maxRecordBytes: within('maxRecordBytes', options.maxRecordBytes ?? 64 * MIB, 1, 1024 * MIB),
    maxDepth: within('maxDepth', options.maxDepth ?? 512, 1, 100_000),
    maxSamples: within('maxSamples', options.maxSamples ?? 100, 0, 1_000_000),
    readAheadBytes: within('readAheadBytes', options.readAheadBytes ?? 256 * 1024, 1, 64 * MIB),
    reuseMemory: options.reuseMemory ?? false,
    memory,
    sourceVersion: sourceVersion ?? from?.sourceVersion,
  };
}

function within(name: string, value: number, least: number, most: number): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new IngestError(
    'DATAVIS_INGEST_OPTIONS',
    `${name} must be an integer from ${least} to ${most}, not ${value}`,
  );
}

function checkCursor(cursor: CocoCursor, sourceVersion: string | undefined): void {
  // A cursor comes from a database or a file: its type says nothing about it.
  const version: number = cursor.version;
  if (version !== 1) {
    throw new IngestError(
      'DATAVIS_INGEST_OPTIONS',
      `the cursor has version ${version}; this reader knows version 1`,
    );
  }
  if (sourceVersion !== undefined && cursor.sourceVersion !== undefined && cursor.sourceVersion !== sourceVersion) {
    throw new IngestError(
      'DATAVIS_INGEST_CHANGED',
      `the source has changed since the cursor was taken (version ${cursor.sourceVersion}, now ${sourceVersion})`,
      { hint: 'Read it again from the start.' },
    );
  }
}
